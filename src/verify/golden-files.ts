import { tracedCalls } from '../emit/c/run.js';
import type { Plan } from '../plan/plan.js';
import { joinBytes } from './artifact.js';
import type { Golden } from './golden.js';

/** The golden vectors as files of the output folder, in the form that `replay` reads. */
export function goldenFiles(golden: Golden, plan: Plan): [string, string | Uint8Array][] {
  const types = tracedCalls(plan).map((c) => c.site.output.type);
  const about = { vectors: golden.inputs.length, types, digests: golden.digests };
  return [
    ['golden/inputs.bin', joinBytes(golden.inputs.flat())],
    ['golden/outputs.bin', joinBytes(golden.outputs.flat())],
    ['golden/golden.json', `${JSON.stringify(about)}\n`],
  ];
}
