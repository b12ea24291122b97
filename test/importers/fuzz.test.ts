import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importModel } from '../../src/importers/index.js';
import { Problem } from '../../src/support/problem.js';
import { hasShared, shared } from '../support/shared.js';

const models = [
  'hello_world_int8',
  'sine_float',
  'mltk_fingerprint_int8',
  'mltk_magic_wand_int8',
  'micro_speech_int8',
  'mlperf_kws_int8',
  'mlperf_kws_hybrid',
  'mlperf_sww_int8',
  'mww_v2_vad',
  'mnist_lstm_int8',
  'keyword_scrambled_8bit',
];
const rounds = 300;
const mostMilliseconds = 5000;
const mostBytes = 2 ** 30;

/** Numbers in [0, n), the same every time. Source: mulberry32. */
function random(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}
type Random = (n: number) => number;

const huge = [0x7fffffff, 0xffffffff, 0x80000000, 0x40000000, 0x00ffffff, 0xfffffff0, 0x10000, 0];
const setWord = (bytes: Uint8Array, at: number, value: number): void =>
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value, true);

/** The tables lie at both ends of a file: its root in front, the weights in the middle. */
const nearEdge = (length: number, r: Random): number =>
  r(2) ? r(Math.min(2000, length)) : length - 1 - r(Math.min(8000, length));

/** Damages a copy, each in its own way. */
const mutations: Readonly<Record<string, (good: Uint8Array, r: Random) => Uint8Array>> = {
  truncated: (good, r) => good.slice(0, r(good.length)),
  'with bits flipped': (good, r) => {
    const bytes = good.slice();
    for (let n = 1 + r(8); n > 0; n--) bytes[r(bytes.length)]! ^= 1 << r(8);
    return bytes;
  },
  'with bytes overwritten in its tables': (good, r) => {
    const bytes = good.slice();
    for (let n = 1 + r(4); n > 0; n--) bytes[nearEdge(bytes.length, r)] = r(256);
    return bytes;
  },
  'with huge words': (good, r) => {
    const bytes = good.slice();
    for (let n = 1 + r(3); n > 0; n--)
      setWord(bytes, Math.min(nearEdge(bytes.length, r) & ~3, bytes.length - 4), huge[r(huge.length)]!);
    return bytes;
  },
  'with words that point elsewhere in it': (good, r) => {
    const bytes = good.slice();
    setWord(bytes, Math.min(nearEdge(bytes.length, r) & ~3, bytes.length - 4), r(bytes.length));
    return bytes;
  },
};

/** Imports, or refuses with a Problem, soon enough. */
async function tryImport(bytes: Uint8Array): Promise<'imported' | 'refused'> {
  const start = performance.now();
  try {
    await importModel(bytes, 'fuzz.tflite');
    return 'imported';
  } catch (error) {
    if (error instanceof Problem) return 'refused';
    throw error;
  } finally {
    expect(performance.now() - start).toBeLessThan(mostMilliseconds);
  }
}

describe.skipIf(!hasShared)('damaged models are imported or refused', () => {
  test.each(models)('%s', { timeout: 120_000 }, async (id) => {
    const good = new Uint8Array(readFileSync(shared(`models/tflite/${id}.tflite`)));
    const kinds = Object.entries(mutations);
    const seen = { imported: 0, refused: 0 };
    for (let i = 0; i < rounds; i++) {
      const [kind, mutate] = kinds[i % kinds.length]!;
      const result = await tryImport(mutate(good, random(1000 * i + good.length))).catch((error) => {
        throw new Error(`${id} ${kind}, round ${i}: ${error.stack}`);
      });
      seen[result]++;
    }
    expect(seen.refused).toBeGreaterThan(rounds / 10);
    expect(process.memoryUsage().rss).toBeLessThan(mostBytes);
  });

  test('every prefix of a small model', { timeout: 120_000 }, async () => {
    const good = new Uint8Array(readFileSync(shared('models/tflite/hello_world_int8.tflite')));
    for (let length = 0; length < good.length; length += 3)
      expect(await tryImport(good.slice(0, length))).toBe('refused');
  });
});
