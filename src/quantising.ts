/** The stage of a compilation that settles how a float model is stored. */
import { settleQuantisation } from './compress.js';
import { type Graph, isQuantised } from './ir/graph.js';
import type { CompileOptions, QuantiseRequest } from './options.js';
import type { Settled } from './quantise/choose.js';
import type { Stages } from './stages.js';
import { Problem } from './support/problem.js';

/** @throws Problem `precision`: what is int8 in the file stays so */
function checkPrecision(graph: Graph, quantise: QuantiseRequest | undefined): void {
  if (!quantise || quantise.precision === 'int8') return;
  const message = 'the model is quantised already, and stays as it is';
  throw new Problem(
    'precision',
    message,
    graph.name,
    'leave --precision, --ranges and the like out, or give the float model',
  );
}

/**
 * The stage that settles how a float model is stored, where that is asked for or samples allow it.
 * @throws Problem precision, calibration-missing
 */
export async function settledBy(
  stages: Stages,
  graph: Graph,
  o: CompileOptions,
): Promise<Settled | 'float32' | undefined> {
  const { precision, ...request } = o.quantise ?? {};
  if (isQuantised(graph)) {
    checkPrecision(graph, o.quantise);
    return undefined;
  }
  if (precision === 'float32') return 'float32';
  const samples = o.prune?.samples;
  if (!samples && !o.quantise) return undefined;
  const asked = { ...request, ...(precision && { precision }) };
  return stages.run('quantise', () => settleQuantisation(graph, samples, asked, { seed: o.seed ?? 1 }));
}
