import type { Graph, Node } from '../ir/graph.js';
import { elements, isQuantised } from '../ir/graph.js';
import { graphMacs } from '../ops/macs.js';
import { type Plan, planInstructions, planWeights } from '../plan/plan.js';

/** What pruning did. */
export interface Pruning {
  readonly pattern: string;
  /** share of zeros over the layers that could be pruned */
  readonly sparsity: number;
  /** squared error of the outputs over their variance on the calibration data, by estimate of the float model */
  readonly error: number | null;
  readonly warnings: readonly string[];
  readonly layers: readonly { readonly name: string; readonly weights: number; readonly zeros: number }[];
  /** of the model without pruning, for the same target */
  readonly before: { readonly weights: number; readonly arena: number; readonly instructions: number };
}

/** Loss, and accuracy in percent; null without labels. */
interface Score {
  readonly loss: number;
  readonly accuracy: number | null;
}

/** What training did. */
export interface Training {
  /** the epoch that was kept, from 1 */
  readonly best: number;
  /** the first score is of the samples that were learnt from, the other of samples that were kept apart */
  readonly epochs: readonly (Score & { readonly epoch: number; readonly validation: Score | null })[];
}

/** What the model amounts to after a stage. Bytes, arena and instructions are null where they were not worked out. */
export interface StageReport {
  readonly stage: 'imported' | 'simplified' | 'quantised' | 'pruned';
  readonly macs: number;
  readonly weights: number;
  readonly nonzero: number;
  /** of constants in flash */
  readonly bytes: number | null;
  readonly arena: number | null;
  /** estimated */
  readonly instructions: number | null;
}

export interface StageInput {
  /** as imported */
  readonly source: Graph;
  /** after the exact simplifications */
  readonly simplified: Graph;
  /** of what is emitted */
  readonly plan: Plan;
  readonly pruning: Pruning | null;
  /** plans a graph as the result was planned */
  planOf(graph: Graph): Plan;
}

type Costs = Pick<StageReport, 'bytes' | 'arena' | 'instructions'>;

const unknown: Costs = { bytes: null, arena: null, instructions: null };

const weightsOf = (graph: Graph, node: Node) =>
  ['conv2d', 'depthwise_conv2d', 'fully_connected'].includes(node.op) ? graph.tensors[node.in[1]!] : undefined;

/** Number of weights of one node, and how many are not zero. */
export function nodeWeights(graph: Graph, node: Node): { weights: number; nonzero: number } {
  const w = weightsOf(graph, node);
  if (!w) return { weights: 0, nonzero: 0 };
  const data = w.data ?? [];
  let nonzero = 0;
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) nonzero++;
  return { weights: elements(w.shape), nonzero };
}

/** Number of weights (biases left out) of a graph, and how many are not zero. */
export function countWeights(graph: Graph): { weights: number; nonzero: number } {
  const all = graph.nodes.map((node) => nodeWeights(graph, node));
  return { weights: all.reduce((n, w) => n + w.weights, 0), nonzero: all.reduce((n, w) => n + w.nonzero, 0) };
}

const costsOf = (plan: Plan): Costs => ({
  bytes: planWeights(plan),
  arena: plan.arena,
  instructions: planInstructions(plan),
});

const countsOf = (graph: Graph) => ({ macs: graphMacs(graph), ...countWeights(graph) });

/** Of the model as it came: worked out only where something has changed since, for planning takes time. */
function importedCosts({ source, simplified, plan, planOf }: StageInput): Costs {
  const [before, after] = [countsOf(source), countsOf(simplified)];
  const isSame = before.macs === after.macs && before.weights === after.weights;
  if (isSame && isQuantised(source) === isQuantised(plan.graph)) return unknown;
  try {
    return costsOf(planOf(source));
  } catch {
    return unknown; // an op that only simplification makes computable
  }
}

/** The model from stage to stage, the last as it is emitted. */
export function stagesOf(input: StageInput): StageReport[] {
  const { source, simplified, plan, pruning } = input;
  const becomesInt8 = !isQuantised(source) && isQuantised(plan.graph);
  const dense = pruning
    ? { bytes: pruning.before.weights, arena: pruning.before.arena, instructions: pruning.before.instructions }
    : costsOf(plan);
  const counts = countsOf(simplified);
  return [
    { stage: 'imported', ...countsOf(source), ...importedCosts(input) },
    { stage: 'simplified', ...counts, ...(becomesInt8 ? unknown : dense) },
    ...(becomesInt8 ? [{ stage: 'quantised' as const, ...counts, ...dense }] : []),
    ...(pruning ? [{ stage: 'pruned' as const, ...countsOf(plan.graph), ...costsOf(plan) }] : []),
  ];
}
