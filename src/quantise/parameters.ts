import { readers, writers } from '../ir/edit.js';
import type { Graph, Node, Quant, TensorId } from '../ir/graph.js';
import { results } from '../ir/graph.js';
import { isCell } from './cells.js';
import type { Range } from './ranges.js';

/** How activations are stored: asymmetric in 8 bits, or symmetric in 16 with weights of 8 (TFLite's 16x8). */
export type StoredType = 's8' | 's16';

/** Symmetric s16 parameters of a range. */
const wideQuant = ({ low, high }: Range): Quant => ({
  scale: [Math.fround((Math.max(-low, high) || 1) / 32767)],
  zero: [0],
});

/** Parameters of a range; 0 is stored exactly, as padding needs. */
export function activationQuant({ low, high }: Range, type: StoredType = 's8'): Quant {
  if (type === 's16') return wideQuant({ low, high });
  const [from, to] = [Math.min(low, 0), Math.max(high, 0)];
  const scale = Math.fround((to - from || 1) / 255);
  const zero = Math.max(-128, Math.min(127, Math.round(-128 - from / scale)));
  return { scale: [scale], zero: [zero] };
}

/** Parameters that the TFLite specification prescribes for the outputs of some ops. */
const prescribed: Readonly<Record<StoredType, Partial<Record<Node['op'], Quant>>>> = {
  s8: {
    softmax: { scale: [1 / 256], zero: [-128] },
    logistic: { scale: [1 / 256], zero: [-128] },
    tanh: { scale: [1 / 128], zero: [0] },
  },
  s16: {
    softmax: { scale: [1 / 32768], zero: [0] },
    logistic: { scale: [1 / 32768], zero: [0] },
    tanh: { scale: [1 / 32768], zero: [0] },
  },
};

/** Ops that move stored values about: output and input have the same parameters. */
export const moves: readonly Node['op'][] = [
  'average_pool2d',
  'max_pool2d',
  'reshape',
  'pad',
  'transpose',
  'resize_bilinear',
  'resize_nearest',
  'strided_slice',
  'tile',
  'broadcast_to',
  'gather',
  'gather_elements',
  'gather_nd',
];

/** What a move writes may hold more than what it read: a padding value. */
function rangeOf(graph: Graph, ranges: ReadonlyMap<TensorId, Range>, id: TensorId): Range {
  let range = ranges.get(id) ?? { low: 0, high: 0 };
  for (const node of graph.nodes)
    if (node.in[0] === id && moves.includes(node.op)) {
      const next = rangeOf(graph, ranges, node.out[0]!);
      range = { low: Math.min(range.low, next.low), high: Math.max(range.high, next.high) };
    }
  return range;
}

/**
 * Parameters for every activation of a float graph by the TFLite quantisation specification: ranges from data, fixed
 * ones for softmax, logistic and tanh, equal ones across ops that move values. A tensor that only a concatenation reads
 * takes the parameters of the result.
 */
export function activationParameters(
  graph: Graph,
  ranges: ReadonlyMap<TensorId, Range>,
  type: StoredType = 's8',
): Map<TensorId, Quant> {
  const params = new Map<TensorId, Quant>();
  const fixed = prescribed[type];
  const quantOf = (id: TensorId): Quant => activationQuant(rangeOf(graph, ranges, id), type);
  const read = readers(graph);
  const by = writers(graph);
  for (const id of graph.inputs) params.set(id, quantOf(id));
  for (const node of graph.nodes) {
    const y = node.out[0]!;
    const own = fixed[node.op] ?? (moves.includes(node.op) ? params.get(node.in[0]!) : undefined);
    params.set(y, own ?? quantOf(y));
  }
  for (const node of [...graph.nodes].reverse()) {
    if (node.op !== 'concatenation') continue;
    const joined = params.get(node.out[0]!)!;
    for (const id of node.in) {
      const writer = by[id];
      // What a cell gives in its last step is only a part of what it has given.
      const isPart = writer && isCell(writer) && writer.attr.last;
      const free = writer && !isPart && !fixed[writer.op] && !moves.includes(writer.op) && !results(graph).includes(id);
      if (free && read[id]!.length === 1) params.set(id, joined);
    }
  }
  return params;
}
