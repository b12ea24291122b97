import { elements, type Graph, type Node } from '../ir/graph.js';
import { graphMacs, nodeMacs } from '../ops/macs.js';
import { codeTable, estimateCode } from '../plan/code.js';
import { callCycles } from '../plan/cycles.js';
import { arrayBytes, type Call, callNodes, layerArrays, type Plan, planArrays, planCalls } from '../plan/plan.js';
import type { Objective } from '../plan/select.js';
import type { Accuracy } from '../verify/accuracy.js';
import { type Artifact, artifactOf } from '../verify/artifact.js';
import type { Verification } from '../verify/verify.js';

export interface LayerReport {
  readonly name: string;
  readonly op: string;
  readonly outputShape: readonly number[];
  readonly macs: number;
  readonly weights: number;
  readonly nonzero: number;
  readonly format: string;
  readonly kernel: string;
  readonly bytes: number;
  readonly instructions: Instructions;
  /** estimated from the estimated instructions; null where the target has no model of its pipeline */
  readonly cycles: number | null;
}

export interface Instructions {
  readonly estimated: number | null;
  readonly measured: number | null;
}

/** report.json: stable, versioned, described by schema/report.schema.json. What was not measured is null. */
export interface Report {
  readonly schema: 1;
  readonly espalier: string;
  readonly model: { readonly name: string; readonly sha256: string; readonly format: string };
  readonly target: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly totals: {
    readonly macs: number;
    readonly liveMacs: number;
    readonly weights: number;
    readonly liveWeights: number;
    readonly nonzero: number;
    readonly flash: {
      readonly weights: number;
      readonly code: number | null;
      readonly total: number | null;
      /** of the code, from a table fitted to linked images; null where the target has none */
      readonly codeEstimated: number | null;
    };
    readonly ram: {
      readonly arena: number;
      readonly state: number;
      readonly stack: number | null;
      readonly total: number | null;
    };
    readonly instructions: Instructions;
    /** never measured: no simulator here counts cycles */
    readonly cycles: { readonly estimated: number | null; readonly waitStates: number };
  };
  readonly accuracy: Accuracy | null;
  /** what was pruned, and what the model would take without; null without pruning */
  readonly pruning: Pruning | null;
  readonly layers: readonly LayerReport[];
  readonly memory: readonly MemoryBlock[];
  readonly verification: readonly Verification[];
  /** the same model compiled for speed, balanced and size; only on request */
  readonly variants?: readonly Variant[];
  readonly artifact: Artifact;
}

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

/** The totals of one way to choose kernels. */
export interface Variant extends Pick<Report['totals'], 'flash' | 'ram' | 'instructions'> {
  readonly optimize: string;
}

/** One block of the arena: which bytes it holds, from which step to which. */
export interface MemoryBlock {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

const weightsOf = (graph: Graph, node: Node) =>
  ['conv2d', 'depthwise_conv2d', 'fully_connected'].includes(node.op) ? graph.tensors[node.in[1]!] : undefined;

/** Number of weights (biases left out) of a graph, and how many are not zero. */
export function countWeights(graph: Graph): { weights: number; nonzero: number } {
  const all = graph.nodes.map((node) => nodeWeights(graph, node));
  return { weights: all.reduce((n, w) => n + w.weights, 0), nonzero: all.reduce((n, w) => n + w.nonzero, 0) };
}

/** Number of weights of one node, and how many are not zero. */
export function nodeWeights(graph: Graph, node: Node): { weights: number; nonzero: number } {
  const w = weightsOf(graph, node);
  if (!w) return { weights: 0, nonzero: 0 };
  const data = w.data ?? [];
  let nonzero = 0;
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) nonzero++;
  return { weights: elements(w.shape), nonzero };
}

function layerReport(plan: Plan, call: Call, waitStates: number): LayerReport {
  const { graph, target } = plan;
  const estimated = Math.round(call.kernel.cost(call.site, target).instructions);
  const nodes = callNodes(call);
  return {
    name: nodes.at(-1)!.name,
    op: nodes.map((n) => n.op).join('+'),
    outputShape: call.site.output.shape,
    macs: nodes.reduce((n, node) => n + nodeMacs(graph, node), 0),
    ...nodeWeights(graph, call.site.node),
    format: call.kernel.format ?? 'dense',
    kernel: call.kernel.symbol,
    bytes: layerArrays(call.layer).reduce((n, a) => n + arrayBytes(a), 0),
    instructions: { estimated, measured: null },
    cycles: callCycles(call, target, estimated, waitStates),
  };
}

export interface ReportInput {
  readonly version: string;
  readonly model: Report['model'];
  readonly options: Report['options'];
  /** as imported */
  readonly source: Graph;
  readonly plan: Plan;
  readonly accuracy: Accuracy | null;
  readonly verification: readonly Verification[];
  /** of flash, for the estimate of cycles */
  readonly waitStates: number;
  readonly pruning: Pruning | null;
  readonly objective: Objective;
}

function codeOf(plan: Plan, objective: Objective): number | null {
  const table = codeTable(plan.target, objective);
  return table ? estimateCode(plan, table) : null;
}

/** The report of one compilation. */
export function makeReport({ version, model, options, source, plan, accuracy, ...input }: ReportInput): Report {
  const { verification, waitStates, pruning } = input;
  const layers = planCalls(plan).map((call) => layerReport(plan, call, waitStates));
  const live = countWeights(plan.graph);
  const weights = planArrays(plan).reduce((n, a) => n + arrayBytes(a), 0);
  return {
    schema: 1,
    espalier: version,
    model,
    target: plan.target.name,
    options,
    totals: {
      macs: graphMacs(source),
      liveMacs: graphMacs(plan.graph),
      weights: countWeights(source).weights,
      liveWeights: live.weights,
      nonzero: live.nonzero,
      flash: { weights, code: null, total: null, codeEstimated: codeOf(plan, input.objective) },
      ram: { arena: plan.arena, state: 0, stack: null, total: null },
      instructions: { estimated: layers.reduce((n, l) => n + (l.instructions.estimated ?? 0), 0), measured: null },
      cycles: {
        estimated: plan.target.pipeline ? layers.reduce((n, l) => n + (l.cycles ?? 0), 0) : null,
        waitStates,
      },
    },
    accuracy,
    pruning,
    layers,
    memory: plan.blocks.map(({ name, offset, bytes, first, last }) => ({ name, offset, bytes, first, last })),
    verification,
    artifact: artifactOf(plan),
  };
}
