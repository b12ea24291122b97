import { withTensors } from '../ir/edit.js';
import type { Graph, Node, Quant, Tensor, TensorId } from '../ir/graph.js';
import { Problem } from '../support/problem.js';
import { type Cell, isCell, realGateBias, storeCell } from './cells.js';
import { realValues } from './float-twin.js';
import { wantsChannels } from './storage.js';
import { storeWeights, weightQuant } from './weights.js';

const weighted = ['conv2d', 'depthwise_conv2d', 'fully_connected'];

const equal = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
};

/** Largest bias that a stored s32 takes with room for the sums of products beside it. */
const mostBias = 2 ** 30;

/** Scales are raised where a bias would not fit: with tiny weights (a channel pruned to nothing) they would be tiny. */
export function withRoom(quant: Quant, bias: ArrayLike<number> | undefined, scaleX: number): Quant {
  if (!bias) return quant;
  const channels = quant.scale.length;
  const scale = quant.scale.map((s, c) => {
    let most = 0;
    for (let i = 0; i < bias.length; i++)
      if (channels === 1 || i % channels === c) most = Math.max(most, Math.abs(bias[i]!));
    return Math.fround(Math.max(s, most / (scaleX * mostBias)));
  });
  return { ...quant, scale };
}

/** Real biases as s32 at the scale of input times weights. */
export function storeBias(
  real: ArrayLike<number>,
  scaleX: number,
  scales: readonly number[],
  channels: number,
): Int32Array {
  return Int32Array.from(real, (v, i) => Math.round(v / (scaleX * (scales[i % channels] ?? scales[0]!))));
}

/** New stored weights and bias of one node from real ones. */
function requantise(stored: Graph, float: Graph, node: Node, changes: Map<TensorId, Tensor>): void {
  const [x, w] = [stored.tensors[node.in[0]!]!, stored.tensors[node.in[1]!]!];
  const weights = float.tensors[node.in[1]!]!.data!;
  const bias = node.in[2] === undefined ? undefined : float.tensors[node.in[2]]!.data!;
  if (!weights.every(Number.isFinite) || (bias && !bias.every(Number.isFinite)))
    throw new Problem('weights-not-finite', 'the weights hold NaN or infinity', node.from);
  const same = equal(weights, realValues(w, w.data!));
  const fresh = weightQuant(node, w.shape, weights, wantsChannels(w, node));
  const quant = withRoom(same ? w.quant! : fresh, bias, x.quant!.scale[0]!);
  if (!same) changes.set(node.in[1]!, { ...w, quant, data: storeWeights(weights, { shape: w.shape, quant }) });
  if (!bias) return;
  const { quant: _, ...t } = stored.tensors[node.in[2]!]!;
  const data = storeBias(bias, x.quant!.scale[0]!, quant.scale, t.shape.at(-1)!);
  changes.set(node.in[2]!, { ...t, data });
}

/** The same of a cell, which has two matrices of weights. */
function requantiseCell(stored: Graph, float: Graph, node: Cell, changes: Map<TensorId, Tensor>): void {
  const ids = node.in.slice(1, 4) as [TensorId, TensorId, TensorId];
  const given = ids.map((id) => stored.tensors[id]!) as [Tensor, Tensor, Tensor];
  const real = ids.map((id) => float.tensors[id]!) as [Tensor, Tensor, Tensor];
  if (given[0].type === 'f32') {
    ids.forEach((id, i) => void changes.set(id, real[i]!));
    return;
  }
  const same = given.map((t, i) => equal(real[i]!.data!, i < 2 ? realValues(t, t.data!) : realGateBias(stored, node)));
  if (same.every(Boolean)) return;
  const [w, r, b] = given.map((t, i) => ({ ...t, data: real[i]!.data! })) as [Tensor, Tensor, Tensor];
  const kept = { ...(same[0] && { w: w.quant! }), ...(same[1] && { r: r.quant! }) };
  const quantOf = (id: TensorId): Quant => stored.tensors[id]!.quant!;
  const fresh = storeCell(node, { w, r, b }, quantOf(node.in[0]!), quantOf(node.out[0]!), kept);
  [fresh.w, fresh.r, fresh.b].forEach((t, i) => {
    if (i === 2 || !same[i]) changes.set(ids[i]!, t);
  });
}

/**
 * Puts the weights and biases of a float twin back into the quantised graph it came from: weights anew, symmetric, one
 * scale per output channel; activations keep their parameters. What was not changed keeps its bits.
 */
export function restore(stored: Graph, float: Graph): Graph {
  const changes = new Map<TensorId, Tensor>();
  for (const node of stored.nodes) {
    if (isCell(node)) requantiseCell(stored, float, node, changes);
    if (!weighted.includes(node.op)) continue;
    const { type } = stored.tensors[node.in[1]!]!;
    if (type === 's8') requantise(stored, float, node, changes);
    // A layer that was left in float takes its values as they are.
    else if (type === 'f32') for (const id of node.in.slice(1)) changes.set(id, float.tensors[id]!);
  }
  return withTensors(stored, changes);
}
