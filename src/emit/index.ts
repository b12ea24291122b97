import type { Plan } from '../plan/plan.js';
import { Problem } from '../support/problem.js';
import { type EmitOptions, emitC } from './c/index.js';
import type { Files } from './files.js';
import { emitWasm } from './wasm/index.js';

export interface EmitChoice extends EmitOptions {
  /** the plan of the same graph for engines without SIMD; asked for where the backend needs it */
  portable(): Plan;
  /** WebAssembly as text too */
  readonly wat?: boolean;
}

/** The sources of a plan, in the language of its target. */
export async function emitPlan(plan: Plan, options: EmitChoice): Promise<Files> {
  const { provenance, portable, wat } = options;
  if (plan.target.backend === 'c') return emitC(plan, options);
  if (options.preprocess?.function)
    throw new Problem(
      'option-invalid',
      'the function that prepares frames is C',
      '--emit-preprocess',
      'leave it out; in a page a canvas resizes, and load() takes the result',
    );
  return emitWasm(plan, { provenance, portable: portable(), ...(wat && { wat }) });
}
