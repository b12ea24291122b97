/** How the zeros of pruning come while a network is trained: where it starts, and what masks do. */
import { withTensors } from './ir/edit.js';
import type { Graph, Tensor, TensorId } from './ir/graph.js';
import { trainedInputs } from './ops/float/trained.js';
import type { FinetuneRequest } from './options.js';
import { parsePattern } from './prune/pattern.js';
import { Problem } from './support/problem.js';
import type { MaskSchedule } from './train/masks.js';

/** The pruned graph with the dense weights, layer by layer, where a layer has kept its shape. */
function withDenseWeights(dense: Graph, pruned: Graph): Graph {
  const before = new Map(dense.nodes.map((node) => [node.name, node]));
  const changes = new Map<TensorId, Tensor>();
  for (const node of pruned.nodes)
    for (const { input, kind } of trainedInputs(pruned, node)) {
      const id = before.get(node.name)?.in[input];
      const [own, other] = [pruned.tensors[node.in[input]!]!, id === undefined ? undefined : dense.tensors[id]];
      if (kind === 'weights' && other?.data && `${other.shape}` === `${own.shape}`)
        changes.set(node.in[input]!, { ...own, data: other.data });
    }
  return withTensors(pruned, changes);
}

/**
 * @param dense, pruned float
 * @param pattern of pruning, as `--pattern` says it
 * @throws Problem train-schedule where the schedule is for another pattern
 */
export function scheduled(
  dense: Graph,
  pruned: Graph,
  schedule: FinetuneRequest['schedule'],
  pattern: string | undefined,
): { readonly start: Graph; readonly masks?: MaskSchedule } {
  if (!schedule || schedule === 'frozen') return { start: pruned };
  if (schedule === 'gradual')
    return { start: withDenseWeights(dense, pruned), masks: { kind: 'gradual', goal: pruned, by: 'goal' } };
  const rule = pattern === undefined || pattern === 'auto' ? undefined : parsePattern(pattern);
  if (rule?.kind !== 'nm')
    throw new Problem(
      'train-schedule',
      'sr-ste is for n:m patterns',
      '--schedule',
      'add --pattern 2:4, or take gradual',
    );
  return { start: withDenseWeights(dense, pruned), masks: { kind: 'sr-ste', goal: pruned, n: rule.n, m: rule.m } };
}
