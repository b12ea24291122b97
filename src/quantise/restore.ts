import { withTensors } from '../ir/edit.js';
import type { Graph, Node, Quant, Tensor, TensorId } from '../ir/graph.js';
import { Problem } from '../support/problem.js';
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

/**
 * Puts the weights and biases of a float twin back into the quantised graph it came from: weights anew, symmetric, one
 * scale per output channel; activations keep their parameters. What was not changed keeps its bits.
 */
export function restore(stored: Graph, float: Graph): Graph {
  const changes = new Map<TensorId, Tensor>();
  for (const node of stored.nodes) {
    if (!weighted.includes(node.op)) continue;
    const { type } = stored.tensors[node.in[1]!]!;
    if (type === 's8') requantise(stored, float, node, changes);
    // A layer that was left in float takes its values as they are.
    else if (type === 'f32') for (const id of node.in.slice(1)) changes.set(id, float.tensors[id]!);
  }
  return withTensors(stored, changes);
}
