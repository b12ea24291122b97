// onnxruntime-web, one thread.
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-web';

const folder = fileURLToPath(new URL('node_modules/onnxruntime-web/dist/', import.meta.url));
export const name = 'onnxruntime-web';
export const shipped = [`${folder}ort-wasm-simd-threaded.wasm`, `${folder}ort.wasm.min.mjs`];
export const takes = 'onnx';

ort.env.wasm.numThreads = 1;
ort.env.wasm.proxy = false;

export async function open(bytes, input) {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  const [x, y] = [session.inputNames[0], session.outputNames[0]];
  const { shape, type } = session.inputMetadata[0];
  const kinds = { float32: Float32Array, int8: Int8Array, uint8: Uint8Array };
  const sizes = shape.map((d) => (typeof d === 'number' && d > 0 ? d : 1));
  // Quantised models may take reals; what the numbers are does not matter for the time.
  const feeds = { [x]: new ort.Tensor(type, kinds[type].from(input), sizes) };
  return { run: async () => (await session.run(feeds))[y].data };
}
