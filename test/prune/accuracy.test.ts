import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { pruneModel } from '../../src/compress.js';
import { importModel } from '../../src/importers/index.js';
import type { Graph } from '../../src/ir/graph.js';
import { execute } from '../../src/ops/execute.js';
import type { SampleSource } from '../../src/ops/float/calibration.js';
import { simplify } from '../../src/passes/index.js';
import { readNpy } from '../../src/support/npy.js';
import { modelPath } from '../support/golden.js';
import { hasShared, shared } from '../support/shared.js';

const size = 490;
const judged = 150;
const array = (path: string) =>
  readNpy(new Uint8Array(gunzipSync(readFileSync(shared(`data/kws/${path}.npy.gz`)))), path).data;

/** Audio features as the keyword spotter takes them; no labels. */
function features(): SampleSource {
  const all = array('train_mfcc_f32');
  const store = (v: number) => Math.max(-128, Math.min(127, Math.trunc(v / 0.58470291 + 83)));
  return { count: all.length / size, sample: (i) => [Int8Array.from(all.subarray(i * size, (i + 1) * size), store)] };
}

/** The word that the int8 reference hears in each of the first test recordings. */
function words(graph: Graph, count = judged): number[] {
  const x = array('kws01_x_int8') as Int8Array;
  return Array.from({ length: count }, (_, i) => {
    const y = execute(graph, [x.subarray(i * size, (i + 1) * size)])[0]!;
    return y.indexOf(Math.max(...y));
  });
}

test.skipIf(!hasShared)(
  'the keyword spotter without half its weights hears nearly what it heard',
  async () => {
    const path = modelPath('mlperf_kws_int8');
    const dense = simplify(await importModel(new Uint8Array(readFileSync(path)), path));
    const labels = array('kws01_y');
    const right = (heard: readonly number[]) => (100 * heard.filter((w, i) => w === labels[i]).length) / heard.length;
    const before = words(dense);
    const ours = await pruneModel(dense, features(), { sparsity: 0.5, most: 256, polish: 1 });
    const after = words(ours.graph);
    expect(ours.sparsity).toBeCloseTo(0.5, 2);
    expect(right(before) - right(after)).toBeLessThanOrEqual(2.7);
    expect(after.filter((w, i) => w === before[i]).length / judged).toBeGreaterThan(0.92);
    const plain = await pruneModel(dense, features(), { sparsity: 0.5, most: 64, method: 'magnitude' });
    expect(right(words(plain.graph, 50))).toBeLessThan(right(after) - 10);
  },
  120_000,
);
