/** A network of one convolution, an input of it and the output that the reference gives. */
import { compileGraph } from '../../src/compile.js';
import { execute } from '../../src/ops/execute.js';
import { writeFolder } from '../../src/support/output.js';
import { net, quant, s8 } from '../support/net.js';

const graph = (() => {
  const n = net('small');
  const x = n.add(s8([1, 3, 3, 2], 0.1, 3));
  const data = Int8Array.from({ length: 72 }, (_, i) => ((17 * i) % 121) - 60);
  const w = n.add({ type: 's8', shape: [4, 3, 3, 2], data, quant: quant(0.02) });
  const attr = { stride: [1, 1], dilation: [1, 1], pad: [1, 1, 1, 1], groups: 1, act: 'relu' } as const;
  return n.graph(n.node('conv2d', attr, [x, w], s8([1, 3, 3, 4], 0.5, -20)));
})();
export const sample = Int8Array.from({ length: 18 }, (_, i) => 13 * i - 100);
export const expected = execute(graph, [sample])[0]! as Int8Array;

/** Compiles it as `NAME.wasm` and so on into a folder. */
export async function compileSmall(dir: string, name = 'small'): Promise<void> {
  const origin = { name: 'small.tflite', sha256: '0', format: 'tflite' };
  writeFolder(dir, (await compileGraph(() => graph, origin, { target: 'wasm', name, wat: true })).files);
}
