import { elements, type Node, type Quant, type Tensor } from '../ir/graph.js';

/** Axis of the output channels in a node's weights. */
export const channelAxis = (node: Node): number => (node.op === 'depthwise_conv2d' ? 3 : 0);

/** Scale of a slice whose greatest magnitude is `most`; a slice of zeros takes any scale, here one of its own size. */
const scaleFor = (most: number): number => Math.fround(most > 0 ? most / 127 : 1 / 127);

/** Greatest magnitude of each slice along an axis; data may be several tensors of the shape, one after the other. */
export function magnitudes(data: ArrayLike<number>, shape: readonly number[], axis: number): number[] {
  const most = new Array<number>(shape[axis]!).fill(0);
  const inner = elements(shape.slice(axis + 1));
  for (let i = 0; i < data.length; i++) {
    const slice = Math.floor(i / inner) % most.length;
    most[slice] = Math.max(most[slice]!, Math.abs(data[i]!));
  }
  return most;
}

/** Symmetric parameters of weights: a scale per output channel, or one for all. */
export function weightQuant(node: Node, shape: readonly number[], data: ArrayLike<number>, perChannel: boolean): Quant {
  const axis = channelAxis(node);
  const most = magnitudes(data, shape, axis);
  if (!perChannel) return { scale: [scaleFor(Math.max(...most))], zero: [0] };
  return { scale: most.map(scaleFor), zero: most.map(() => 0), axis };
}

/** Real weights as stored s8 values in [-127, 127]. */
export function storeWeights(data: ArrayLike<number>, t: Pick<Tensor, 'shape' | 'quant'>): Int8Array {
  const { scale, axis = 0 } = t.quant!;
  const inner = elements(t.shape.slice(axis + 1));
  return Int8Array.from(data, (v, i) => {
    const s = scale.length === 1 ? scale[0]! : scale[Math.floor(i / inner) % scale.length]!;
    return Math.max(-127, Math.min(127, Math.round(v / s)));
  });
}
