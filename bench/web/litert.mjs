// @litertjs/core: LiteRT with XNNPACK, one thread.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';

const folder = fileURLToPath(new URL('node_modules/@litertjs/core/wasm/', import.meta.url));
const hasRelaxed =
  process.execArgv.some((a) => a.includes('relaxed-simd')) || Number(process.versions.node.split('.')[0]) >= 22;
const script = hasRelaxed ? 'litert_wasm_internal' : 'litert_wasm_compat_internal';
export const name = `litert (${hasRelaxed ? 'relaxed SIMD' : 'SIMD'})`;
export const shipped = [`${folder}${script}.js`, `${folder}${script}.wasm`];
export const takes = 'tflite';

let engine;
async function library() {
  // The engine is made for workers and pages: scripts come by importScripts.
  globalThis.self ??= globalThis;
  globalThis.require ??= createRequire(import.meta.url);
  globalThis.__dirname ??= folder;
  globalThis.__filename ??= shipped[0];
  globalThis.importScripts ??= (file) => runInThisContext(readFileSync(file, 'utf8'), { filename: file });
  engine ??= withInt8(() => import('@litertjs/core')).then(async (core) => {
    await core.loadLiteRt(shipped[0]);
    return core;
  });
  return engine;
}

/** The package's list of types lacks int8 (element type 9 of TensorFlow Lite), which its engine runs all the same. */
async function withInt8(load) {
  const { freeze } = Object;
  const int8 = { dtype: 'int8', typedArrayConstructor: Int8Array, elementType: 9 };
  Object.freeze = (o) => freeze(Array.isArray(o) && o[0]?.dtype === 'float32' ? [...o, int8] : o);
  try {
    return await load();
  } finally {
    Object.freeze = freeze;
  }
}

export async function open(bytes, input) {
  const { loadAndCompile, Tensor } = await library();
  const model = await loadAndCompile(bytes, { accelerator: 'wasm', cpuOptions: { numThreads: 1 } });
  const [{ shape }] = model.getInputDetails();
  return {
    async run() {
      const x = Tensor.fromTypedArray(input, [...shape]);
      const [y] = await model.run(x);
      const out = y.toTypedArray();
      x.delete();
      y.delete();
      return out;
    },
  };
}
