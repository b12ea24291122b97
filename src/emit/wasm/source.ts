/** The plan as an AssemblyScript file: a case per step. */
import { type Call, callNodes, type Plan, planCalls, type Ref, type Step } from '../../plan/plan.js';
import { Problem } from '../../support/problem.js';
import { callTitle } from '../c/run.js';
import { importLines } from './classes.js';
import type { Image } from './image.js';

/** Where things lie in the memory of the module, in bytes. */
export interface Addresses {
  readonly image: Image;
  /** of the arena */
  readonly arena: number;
  readonly state: number;
  /** of the description of each call's layer */
  readonly layers: ReadonlyMap<Call, number>;
}

const place = (at: Addresses, ref: Ref | Call['output']): number => {
  if ('array' in ref) return at.image.array(ref.array);
  return ref.offset + (ref.state ? at.state : at.arena);
};

function callText(at: Addresses, call: Call): string {
  const args = [
    `changetype<${call.layer.struct}>(${at.layers.get(call)!})`,
    ...call.inputs.map((ref) => place(at, ref)),
    place(at, call.output),
    ...(call.scratch ? [at.arena + call.scratch.offset] : []),
  ];
  return `${call.kernel.symbol}(${args.join(', ')});`;
}

/** Moves count as a part of the step after them, which is the next that leaves a layer's result. */
function stepLines(at: Addresses, step: Step): { text: string; result?: number; title?: string } {
  if (step.kind === 'move')
    return { text: `memory.copy(${at.arena + step.to}, ${at.arena + step.from}, ${step.bytes});` };
  if (step.kind === 'stream')
    throw new Problem('wasm-stream', 'rows are not streamed in WebAssembly', callNodes(step.consumer)[0]!.from);
  return { text: callText(at, step), result: place(at, step.output), title: callTitle(step) };
}

/** One `case` per call, which gives the address of its result. */
function cases(at: Addresses, plan: Plan): string[] {
  const lines: string[] = [];
  let before: string[] = [];
  let index = 0;
  const copies = plan.state.copies.map(
    ({ from, to, bytes }) => `memory.copy(${at.state + to}, ${at.arena + from}, ${bytes});`,
  );
  const last = planCalls(plan).length - 1;
  for (const step of plan.steps) {
    const { text, result, title } = stepLines(at, step);
    if (result === undefined) {
      before.push(text);
      continue;
    }
    const body = [...before, text, ...(index === last ? copies : [])];
    lines.push(`    // ${title}`, `    case ${index}:`, ...body.map((l) => `      ${l}`), `      return ${result};`);
    before = [];
    index++;
  }
  return lines;
}

/** The entry file of a module. */
export function planSource(at: Addresses, plan: Plan, sources: ReadonlyMap<string, string>): string {
  const names = planCalls(plan).flatMap(({ kernel, layer }) => [kernel.symbol, layer.struct]);
  const port = (role: string) => (offset: number, i: number) =>
    `export const ${role}_${i}: usize = ${at.arena + offset};`;
  return [
    `/** ${plan.name}: addresses are bytes of the exported memory; the arena begins at ${at.arena}. */`,
    ...importLines(sources, names),
    '',
    ...plan.inputs.map(port('input')),
    ...plan.outputs.map(port('output')),
    ...(plan.state.bytes ? [`export const state: usize = ${at.state};`] : []),
    `export const steps: i32 = ${planCalls(plan).length};`,
    '',
    '/** One layer; gives the address of its result. */',
    'export function step(index: i32): usize {',
    '  switch (index) {',
    ...cases(at, plan),
    '    default:',
    '      return 0;',
    '  }',
    '}',
    '',
    'export function run(): void {',
    '  for (let i: i32 = 0; i < steps; i++) step(i);',
    '}',
    '',
  ].join('\n');
}
