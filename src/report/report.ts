import type { Graph } from '../ir/graph.js';
import { graphMacs, nodeMacs } from '../ops/macs.js';
import { codeEstimate } from '../plan/code.js';
import { callCycles } from '../plan/cycles.js';
import type { Budget } from '../plan/fit.js';
import {
  arrayBytes,
  type Call,
  callInstructions,
  callNodes,
  callsOf,
  layerArrays,
  type Plan,
  planArrays,
  planCalls,
  type Step,
} from '../plan/plan.js';
import type { Objective } from '../plan/select.js';
import type { Settled } from '../quantise/choose.js';
import type { Accuracy } from '../verify/accuracy.js';
import { type Artifact, artifactOf } from '../verify/artifact.js';
import type { Verification } from '../verify/verify.js';
import type { PreprocessReport } from './preprocess.js';
import { countWeights, nodeWeights, type Pruning, type StageReport, stagesOf, type Training } from './stages.js';
import { type WeightMap, weightMaps } from './weight-map.js';

export type { Pruning, Training } from './stages.js';

export interface LayerReport {
  readonly name: string;
  readonly op: string;
  readonly inputShape: readonly number[];
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
  /** null for layers without weights */
  readonly weightMap: WeightMap | null;
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
  /** what the result may take; null = not limited */
  readonly budget: Budget;
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
  /** how a float model was stored; null for one that was int8 already or stays float */
  readonly quantisation: Settled | null;
  /** how samples and frames become the input; null where nothing is declared */
  readonly preprocess: PreprocessReport | null;
  /** what was pruned, and what the model would take without; null without pruning */
  readonly pruning: Pruning | null;
  /** what training after pruning did; null without */
  /** of the whole model, before pruning */
  readonly training: Training | null;
  /** of what pruning left */
  readonly finetuning: Training | null;
  /** the model from stage to stage, the last as emitted */
  readonly stages: readonly StageReport[];
  readonly layers: readonly LayerReport[];
  /** what happens in each step, by the names of its layers */
  readonly steps: readonly string[];
  readonly memory: readonly MemoryBlock[];
  readonly verification: readonly Verification[];
  /** the same model compiled for speed, balanced and size; only on request */
  readonly variants?: readonly Variant[];
  readonly artifact: Artifact;
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

type Maps = ReturnType<typeof weightMaps>;

function layerReport(plan: Plan, call: Call, waitStates: number, maps: Maps): LayerReport {
  const { graph, target } = plan;
  const estimated = callInstructions(call, target);
  const nodes = callNodes(call);
  return {
    name: nodes.at(-1)!.name,
    op: nodes.map((n) => n.op).join('+'),
    inputShape: call.site.inputs[0]!.shape,
    outputShape: call.site.output.shape,
    macs: nodes.reduce((n, node) => n + nodeMacs(graph, node), 0),
    ...nodeWeights(graph, call.site.node),
    format: call.kernel.format ?? 'dense',
    kernel: call.kernel.symbol,
    bytes: layerArrays(call.layer).reduce((n, a) => n + arrayBytes(a), 0),
    instructions: { estimated, measured: null },
    cycles: callCycles(call, target, estimated, waitStates),
    weightMap: maps.get(call.site.node) ?? null,
  };
}

export interface ReportInput {
  readonly version: string;
  readonly model: Report['model'];
  readonly options: Report['options'];
  /** as imported */
  readonly source: Graph;
  /** after the exact simplifications */
  readonly simplified: Graph;
  readonly plan: Plan;
  readonly accuracy: Accuracy | null;
  readonly verification: readonly Verification[];
  readonly preprocess: PreprocessReport | null;
  /** of flash, for the estimate of cycles */
  readonly waitStates: number;
  readonly quantisation: Settled | null;
  readonly pruning: Pruning | null;
  readonly training: Training | null;
  readonly finetuning: Training | null;
  readonly objective: Objective;
  readonly budget: Budget;
  /** plans a graph as the result was planned */
  planOf(graph: Graph): Plan;
}

const stepName = (plan: Plan, step: Step): string =>
  step.kind === 'move'
    ? `move of ${plan.graph.tensors[step.tensor]!.name}`
    : callsOf(step)
        .map((call) => callNodes(call).at(-1)!.name)
        .join(' + ');

/** The report of one compilation. */
export function makeReport({ version, model, options, source, plan, accuracy, ...input }: ReportInput): Report {
  const { verification, waitStates, quantisation, pruning, training, finetuning } = input;
  const maps = weightMaps(plan.graph);
  const layers = planCalls(plan).map((call) => layerReport(plan, call, waitStates, maps));
  const live = countWeights(plan.graph);
  const weights = planArrays(plan).reduce((n, a) => n + arrayBytes(a), 0);
  return {
    schema: 1,
    espalier: version,
    model,
    target: plan.target.name,
    options,
    budget: input.budget,
    totals: {
      macs: graphMacs(source),
      liveMacs: graphMacs(plan.graph),
      weights: countWeights(source).weights,
      liveWeights: live.weights,
      nonzero: live.nonzero,
      flash: { weights, code: null, total: null, codeEstimated: codeEstimate(plan, input.objective) },
      ram: { arena: plan.arena, state: plan.state.bytes, stack: null, total: null },
      instructions: { estimated: layers.reduce((n, l) => n + (l.instructions.estimated ?? 0), 0), measured: null },
      cycles: {
        estimated: plan.target.pipeline ? layers.reduce((n, l) => n + (l.cycles ?? 0), 0) : null,
        waitStates,
      },
    },
    accuracy,
    quantisation,
    preprocess: input.preprocess,
    pruning,
    training,
    finetuning,
    stages: stagesOf({ source, plan, ...input }),
    layers,
    steps: plan.steps.map((step) => stepName(plan, step)),
    memory: plan.blocks.map(({ name, offset, bytes, first, last }) => ({ name, offset, bytes, first, last })),
    verification,
    artifact: artifactOf(plan),
  };
}
