import type { Plan } from '../../plan/plan.js';
import type { Files, Provenance } from '../files.js';
import { fileOf, loaderText, typesText } from './loader.js';
import { buildModule, type Variant, type WasmModule } from './module.js';
import { wasmText } from './text.js';

export interface WasmOptions {
  readonly provenance: Provenance;
  /** of the same graph, for engines without SIMD */
  readonly portable: Plan;
  /** also NAME.wat */
  readonly wat?: boolean;
}

/** What a bundler or Node needs to know of the folder. `main` and `types` are for those that do not read `exports`. */
function manifest(name: string, modules: readonly string[]): string {
  const [main, types] = [`./${name}.js`, `./${name}.d.ts`];
  const files = Object.fromEntries([...modules, 'package.json'].map((file) => [`./${file}`, `./${file}`]));
  const exports = { '.': { types, default: main }, ...files };
  const fields = { name, version: '0.0.0', private: true, type: 'module', main, types, exports, sideEffects: false };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/** Does a model have float products, which fused multiply-adds make faster? */
const isFloat = (plan: Plan): boolean =>
  plan.graph.nodes.some(
    ({ op, in: [x] }) =>
      ['conv2d', 'depthwise_conv2d', 'fully_connected'].includes(op) && plan.graph.tensors[x!]!.type === 'f32',
  );

/** The WebAssembly package of a plan: a module per variant, NAME.js, NAME.d.ts and package.json. */
export async function emitWasm(plan: Plan, { provenance, portable, wat }: WasmOptions): Promise<Files> {
  const variants: Variant[] = isFloat(plan) ? ['relaxed', 'simd', 'scalar'] : ['simd', 'scalar'];
  const modules: WasmModule[] = [];
  for (const variant of variants) modules.push(await buildModule(variant === 'scalar' ? portable : plan, variant));
  const main = modules.find((m) => m.variant === 'simd')!;
  const { name } = plan;
  return new Map<string, string | Uint8Array>([
    ...modules.map(({ variant, binary }) => [fileOf(name, variant), binary] as const),
    [`${name}.js`, loaderText(plan, provenance, variants)],
    [`${name}.d.ts`, typesText(plan, provenance, variants)],
    [
      'package.json',
      manifest(
        name,
        variants.map((v) => fileOf(name, v)),
      ),
    ],
    ...(wat ? [[`${name}.wat`, await wasmText(main.binary)] as const] : []),
  ]);
}
