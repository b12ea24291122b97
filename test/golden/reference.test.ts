import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Graph, TensorData, TensorId } from '../../src/ir/graph.js';
import { execute } from '../../src/ops/execute.js';
import { simplify } from '../../src/passes/index.js';
import { argmax } from '../../src/verify/accuracy.js';
import {
  floatSets,
  goldenBytes,
  importGolden,
  inputBytes,
  int8Sets,
  kwsLabels,
  relativeError,
  sampleOf,
} from '../support/golden.js';
import { hasShared, shared } from '../support/shared.js';

/** Outputs and the input of SOFTMAX for all samples, back to back. */
function runAll(graph: Graph, bytes: Uint8Array, count: number): { outputs: Buffer; logits: Buffer } {
  const softmax = graph.nodes.find((n) => n.op === 'softmax');
  const outputs: TensorData[] = [];
  const logits: TensorData[] = [];
  for (let i = 0; i < count; i++) {
    const seen = new Map<TensorId, TensorData>();
    outputs.push(execute(graph, [sampleOf(graph, bytes, i)], (id, data) => seen.set(id, data.slice()))[0]!.slice());
    if (softmax) logits.push(seen.get(softmax.in[0]!)!);
  }
  const join = (list: TensorData[]) =>
    Buffer.concat(list.map((d) => new Uint8Array(d.buffer, d.byteOffset, d.byteLength)));
  return { outputs: join(outputs), logits: join(logits) };
}

describe.skipIf(!hasShared)('the reference equals TensorFlow Lite Micro', () => {
  test.each(int8Sets)('$name, as imported and simplified: $count samples', async (set) => {
    const source = await importGolden(set.model);
    for (const graph of [source, simplify(source)]) {
      const { outputs, logits } = runAll(graph, inputBytes(set), set.count);
      expect(outputs.equals(goldenBytes(set.output))).toBe(true);
      if (set.logits) expect(logits.equals(goldenBytes(set.logits))).toBe(true);
    }
  });

  test.each(floatSets)('$name within 1e-5 of the range', async (set) => {
    const source = await importGolden(set.model);
    const expected = new Float32Array(goldenBytes(set.output).buffer);
    for (const graph of [source, simplify(source)]) {
      const { outputs } = runAll(graph, inputBytes(set), set.count);
      expect(relativeError(expected, new Float32Array(new Uint8Array(outputs).buffer))).toBeLessThan(1e-5);
    }
  });

  test.each(['kws', 'ic', 'vww', 'ad', 'sww'])('%s layer by layer', async (name) => {
    const set = int8Sets.find((s) => s.name === name)!;
    const graph = await importGolden(set.model);
    const seen = new Map<TensorId, TensorData>();
    execute(graph, [sampleOf(graph, inputBytes(set), 0)], (id, data) => seen.set(id, data.slice()));
    const layers = graph.nodes.filter((n) => n.op !== 'reshape').map((n) => seen.get(n.out[0]!)!);
    const expected = new Int8Array(readFileSync(shared(`golden/layers/${name}_layers.bin`)));
    let at = 0;
    layers.forEach((layer, i) => {
      expect([...layer], `layer ${i}`).toEqual([...expected.subarray(at, at + layer.length)]);
      at += layer.length;
    });
    expect(at).toBe(expected.length);
  });

  test('keyword spotting hears 901 of 1000', async () => {
    const set = int8Sets[0]!;
    const graph = simplify(await importGolden(set.model));
    const labels = kwsLabels();
    const { outputs } = runAll(graph, inputBytes(set), set.count);
    const scores = new Int8Array(new Uint8Array(outputs).buffer);
    const right = Array.from(
      { length: 1000 },
      (_, i) => argmax(scores.subarray(12 * i, 12 * i + 12)) === labels[i],
    ).filter(Boolean).length;
    expect(right).toBe(901);
  });
});
