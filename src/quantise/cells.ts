/** Recurrent cells as the kernels for stored values take them: weights s8 with a scale per gate, biases s32. */
import type { Graph, Node, NodeOf, Quant, Tensor } from '../ir/graph.js';
import { typeRange } from '../ops/quantised.js';
import { Problem } from '../support/problem.js';
import { storeWeights, weightQuant } from './weights.js';

export type Cell = NodeOf<'lstm'> | NodeOf<'gru'>;

export const isCell = (node: Node): node is Cell => node.op === 'lstm' || node.op === 'gru';

/** Powers of two that a stored cell state may have as its scale. */
const [leastPower, mostPower] = [-15, -9];
/** Calibration data do not show the greatest cell state there is; 16 bits have room. */
const room = 2;

/** The scale of cell states, as a power of two; where even the largest is too small, they saturate: tanh is 1 there. */
const powerFor = (most: number): number =>
  Math.max(leastPower, Math.min(mostPower, Math.ceil(Math.log2(Math.max(room * most, 2 ** -40) / 32767))));

/** Scale of each row of units of a cell's bias: that of the sums it is added to, of the input's part, then of the state's. */
export const gateScales = (x: Quant, w: Quant, r: Quant, y: Quant): number[] => [
  ...w.scale.map((s) => s * x.scale[0]!),
  ...r.scale.map((s) => s * y.scale[0]!),
];

/** Real biases of a stored cell. */
export function realGateBias(graph: Graph, node: Cell): Float32Array {
  const [x, w, r, bias] = node.in.map((id) => graph.tensors[id]!) as [Tensor, Tensor, Tensor, Tensor];
  const scales = gateScales(x.quant!, w.quant!, r.quant!, graph.tensors[node.out[0]!]!.quant!);
  const units = bias.shape.at(-1)!;
  return Float32Array.from(bias.data!, (v, i) => v * scales[Math.floor(i / units)]!);
}

const mostBias = 2 ** 30;

/** Scales per gate, raised where a bias would not fit. */
function gateQuant(node: Cell, w: Tensor, bias: ArrayLike<number>, from: number): Quant {
  const quant = weightQuant(node, w.shape, w.data!, true);
  const units = w.shape[1]!;
  const scale = quant.scale.map((s, gate) => {
    let most = 0;
    for (let u = 0; u < units; u++) most = Math.max(most, Math.abs(bias[gate * units + u] ?? 0));
    return Math.fround(Math.max(s, most / (from * mostBias)));
  });
  return { ...quant, scale };
}

/** Tensors of a cell whose weights are real. */
export interface RealCell {
  readonly w: Tensor;
  readonly r: Tensor;
  readonly b: Tensor;
}

/**
 * Weights and biases stored.
 * @param given parameters that weights had before and keep
 */
export function storeCell(
  node: Cell,
  { w, r, b }: RealCell,
  x: Quant,
  y: Quant,
  given: { readonly w?: Quant; readonly r?: Quant } = {},
): RealCell {
  for (const t of [w, r, b])
    if (!t.data!.every(Number.isFinite))
      throw new Problem('weights-not-finite', 'the weights hold NaN or infinity', node.from);
  const rows = w.shape[0]! * w.shape[1]!;
  const quantW = given.w ?? gateQuant(node, w, b.data!, x.scale[0]!);
  const quantR = given.r ?? gateQuant(node, r, b.data!.subarray(rows), y.scale[0]!);
  const store = (t: Tensor, quant: Quant): Tensor => ({
    ...t,
    ...{ type: 's8', quant, data: storeWeights(t.data!, { shape: t.shape, quant }) },
  });
  const scales = gateScales(x, quantW, quantR, y);
  const [least, most] = typeRange('s32');
  const data = Int32Array.from(b.data!, (v, i) =>
    Math.max(least, Math.min(most, Math.round(v / scales[Math.floor(i / w.shape[1]!)]!))),
  );
  const { quant: _, ...bias } = b;
  return { w: store(w, quantW), r: store(r, quantR), b: { ...bias, type: 's32', data } };
}

/**
 * The node on stored values.
 * @param most greatest magnitude of its cell states
 */
export function storedCell(node: Cell, most: number): Cell {
  if (node.op === 'gru') return node;
  const cellPower = powerFor(most);
  const clip = node.attr.cellClip;
  const cellClip = clip ? Math.max(1, Math.min(32767, Math.round(clip / 2 ** cellPower))) : 0;
  return { ...node, attr: { ...node.attr, cellPower, cellClip } };
}

/** The node on real values. */
export function realCell(node: Cell): Cell {
  if (node.op === 'gru') return node;
  const { cellPower, cellClip } = node.attr;
  return { ...node, attr: { ...node.attr, cellPower: 0, cellClip: cellClip * 2 ** cellPower } };
}
