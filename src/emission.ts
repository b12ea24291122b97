/** What goes into emitted files beside the plan: where the model came from, and golden vectors. */
import { storedSamples } from './compress.js';
import { tracedCalls } from './emit/c/run.js';
import type { Graph } from './ir/graph.js';
import type { Target } from './kernels/kernel.js';
import { type CompileOptions, optionText } from './options.js';
import type { Plan } from './plan/plan.js';
import { version } from './support/version.js';
import { makeGolden, randomInputs } from './verify/golden.js';

/** Where a graph came from. */
export interface Origin {
  /** file name, without folders */
  readonly name: string;
  /** of the file, and of those beside it that it names */
  readonly sha256: string;
  readonly format: string;
}

/** What the banner of the emitted files tells. */
export const provenanceOf = (origin: Origin, target: Target, o: CompileOptions) => ({
  version,
  model: origin.name,
  sha256: origin.sha256,
  target: target.name,
  options: optionText(o),
});

const tracedTensors = (plan: Plan) => tracedCalls(plan).map((call) => call.output.tensor);

/** Golden vectors of the samples that are given, or of random ones. */
export function goldenOf(source: Graph, graph: Graph, plan: Plan, o: CompileOptions) {
  const samples = o.samples
    ? storedSamples(graph, source, o.samples)
    : randomInputs(graph, o.vectors ?? 4, o.seed ?? 1);
  return makeGolden(graph, tracedTensors(plan), samples);
}
