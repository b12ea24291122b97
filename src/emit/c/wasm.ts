import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../../plan/plan.js';
import { banner, type Provenance } from '../files.js';
import { fill, templates } from '../template.js';
import type { Port } from './ports.js';

/** Is the C of this plan portable enough for compilers to WebAssembly? Code for this computer is. */
export const buildsAsWasm = (plan: Plan): boolean => plan.target.name === 'host';

/** What compilers of C to WebAssembly take besides NAME.c: the exports, and a library for those that have none. */
export function wasmSources(plan: Plan, ports: readonly Port[], provenance: Provenance): [string, string][] {
  const ours = (file: string): [string, string] => [
    `wasm/${file.replace('include/', '')}`,
    readFileSync(join(templates, 'qemu', file), 'utf8'),
  ];
  const exports = fill('c/wasm.c.hbs', {
    banner: banner(provenance, `${plan.name}: exports of a WebAssembly module`),
    name: plan.name,
    upper: plan.name.toUpperCase(),
    state: plan.state.bytes,
    ports: ports.map((p) => ({
      accessor: p.accessor,
      symbol: p.accessor.slice(plan.name.length + 1),
      type: `${p.output ? 'const ' : ''}${p.type}`,
    })),
  });
  return [
    [`wasm/${plan.name}_wasm.c`, exports],
    ...['libc.c', 'include/math.h', 'include/stdint.h', 'include/string.h'].map(ours),
  ];
}
