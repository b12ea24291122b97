// @tensorflow/tfjs-tflite: TensorFlow Lite with XNNPACK, one thread, SIMD; its WebAssembly module without the wrapper, which
// needs a page.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';

const folder = fileURLToPath(new URL('node_modules/@tensorflow/tfjs-tflite/wasm/', import.meta.url));
export const name = 'tfjs-tflite';
/** What a page loads. */
export const shipped = ['tflite_web_api_cc_simd.js', 'tflite_web_api_cc_simd.wasm'].map((file) => folder + file);
export const takes = 'tflite';

let engine;
async function module() {
  globalThis.window ??= globalThis; // the module is made for pages
  engine ??= runInThisContext(`${readFileSync(shipped[0], 'utf8')};tflite_web_api_ModuleFactory`)({
    wasmBinary: readFileSync(shipped[1]),
    print: () => undefined,
    printErr: () => undefined,
  });
  return engine;
}

/** A model with its input filled; run() gives the first output. */
export async function open(bytes, input) {
  const m = await module();
  const at = m._malloc(bytes.length);
  m.HEAPU8.set(bytes, at);
  const options = { numThreads: 1, enableProfiling: false, maxProfilingBufferEntries: 0 };
  const made = m.TFLiteWebModelRunner.CreateFromBufferAndOptions(at, bytes.length, options);
  if (!made.ok()) throw new Error(made.errorMessage());
  const runner = made.value();
  const port = (list) => list.get(0);
  const view = (t) => {
    const raw = t.data();
    return raw;
  };
  const [x, y] = [port(runner.GetInputs()), port(runner.GetOutputs())];
  return {
    run() {
      view(x).set(input);
      if (!runner.Infer()) throw new Error('it does not run');
      return view(y);
    },
  };
}
