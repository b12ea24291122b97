import { Problem } from '../../support/problem.js';

/** What is used of wabt.js: its own declarations are of an older module system. */
interface Wabt {
  readWasm(binary: Uint8Array, features: object): WabtModule;
}
interface WabtModule {
  validate(features: object): void;
  generateNames(): void;
  applyNames(): void;
  toText(options: object): string;
  destroy(): void;
}
const wabtName: string = 'wabt';
const features = { simd: true, bulk_memory: true, sign_extension: true, sat_float_to_int: true, mutable_globals: true };

/**
 * A module as text, checked by wabt on the way.
 * @throws Problem `wasm-invalid`
 */
export async function wasmText(binary: Uint8Array): Promise<string> {
  const { default: make } = (await import(wabtName)) as { default: () => Promise<Wabt> };
  const wabt = await make();
  // A plain copy: wabt reads the whole buffer behind a view.
  const module = wabt.readWasm(binary.slice(), { readDebugNames: false, ...features });
  try {
    module.validate(features);
    module.generateNames();
    module.applyNames();
    return module.toText({ foldExprs: true, inlineExport: true });
  } catch (error) {
    throw new Problem('wasm-invalid', `wabt refuses the module: ${(error as Error).message}`);
  } finally {
    module.destroy();
  }
}
