import { describe, expect, test } from 'vitest';
import { pruneModel, subjectOf } from '../../src/compress.js';
import { elements, type Graph } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute } from '../../src/ops/execute.js';
import { executeBatch } from '../../src/ops/float/batch.js';
import type { SampleSource } from '../../src/ops/float/calibration.js';
import { byLoss, uniform } from '../../src/prune/allocate.js';
import { apply, masksOf } from '../../src/prune/apply.js';
import { layersOf } from '../../src/prune/layers.js';
import { parsePattern, unitsOf } from '../../src/prune/pattern.js';
import { prune } from '../../src/prune/prune.js';
import { optionAt, trace } from '../../src/prune/trace.js';
import { floatTwin } from '../../src/quantise/float-twin.js';
import { restore } from '../../src/quantise/restore.js';
import { Linear } from '../../src/support/linear.js';
import { residual, samplesFor } from '../support/float-net.js';

const linear = await Linear.load();
const graph = residual();
const calibration = samplesFor(graph, 128);
const unstructured = parsePattern('unstructured');

const source = (g: Graph, count = 128): SampleSource => {
  const { inputs } = samplesFor(g, count);
  const size = elements(g.tensors[g.inputs[0]!]!.shape);
  return { count, sample: (i) => [inputs[0]!.slice(i * size, (i + 1) * size)] };
};

describe('trace and apply', () => {
  const t = trace(linear, graph, calibration, {
    patterns: ['unstructured', '1x4', '4x4', '2:4'].map(parsePattern),
  });

  test('first convolutions and depthwise layers are left out', () => {
    expect(t.layers.map((l) => l.layer.name)).toEqual(
      layersOf(graph)
        .filter((l) => l.op !== 'depthwise_conv2d')
        .slice(1)
        .map((l) => l.name),
    );
  });

  test('losses rise from 0 to about 1 with the level, and zeros with them', () => {
    for (const layer of t.layers)
      for (const p of ['unstructured', '1x4', '4x4'].map(parsePattern)) {
        const options = [0, 0.3, 0.5, 0.7, 0.9, 1].map((level) => optionAt(layer, p, level)!);
        options.forEach((o, i) => {
          expect(o.loss).toBeGreaterThanOrEqual(i ? options[i - 1]!.loss : 0);
          expect(o.zeros).toBeGreaterThanOrEqual(o.level * layer.layer.weights.length - 0.5);
        });
        expect(options[0]!.loss).toBe(0);
        expect(options.at(-1)!.loss).toBeCloseTo(1, 2);
      }
  });

  test.each(['unstructured', '1x4', '4x4', '2:4'])('%s: what is pruned is 0, and nothing else', (text) => {
    const pattern = parsePattern(text);
    const choices = uniform(t, pattern, 0.5);
    const pruned = apply(linear, t, choices);
    const masks = masksOf(t, choices);
    for (const layer of layersOf(pruned.graph)) {
      const mask = masks.get(layer.name)!;
      layer.weights.forEach((w, i) => {
        expect(w === 0).toBe(mask[i] === 0);
      });
      const { height, width } = unitsOf(pattern, layer.rows, layer.depth);
      if (choices.has(layer.name) && pattern.kind === 'block')
        for (let r = 0; r < layer.rows; r++)
          for (let k = 0; k < layer.depth; k++) {
            const corner = Math.floor(r / height) * height * layer.depth + Math.floor(k / width) * width;
            expect(mask[r * layer.depth + k]).toBe(mask[corner]);
          }
    }
    const share = pruned.sparsity;
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.55);
  });

  test('reconstruction lowers the error, by much', () => {
    const choices = byLoss(t, unstructured, 0.6);
    const solved = apply(linear, t, choices).error!;
    const unsolved = apply(linear, t, choices, { solve: false }).error!;
    expect(solved).toBeLessThan(0.5 * unsolved);
  });

  test('nothing chosen, nothing changed', () => {
    const { graph: same, error } = apply(linear, t, new Map());
    expect(error).toBeLessThan(1e-6);
    layersOf(same).forEach((l, i) => {
      l.weights.forEach((w, k) => {
        expect(w).toBeCloseTo(layersOf(graph)[i]!.weights[k]!, 3);
      });
    });
  });

  test('the estimated effect of one layer is near what it does', () => {
    for (const layer of t.layers) {
      const option = optionAt(layer, unstructured, 0.6)!;
      const { error } = apply(linear, t, new Map([[layer.layer.name, { pattern: unstructured, level: 0.6 }]]));
      expect(option.error).toBeGreaterThan(0.3 * error!);
    }
  });
});

describe('prune', () => {
  test('the same seed gives the same weights', () => {
    const run = () => prune(linear, graph, { sparsity: 0.7, calibration, seed: 3 }).graph.tensors;
    const [a, b] = [run(), run()];
    a.forEach((t, i) => {
      expect(t.data).toEqual(b[i]!.data);
    });
  });

  test('second order beats magnitude and LAMP', () => {
    const error = (method: 'obs' | 'magnitude' | 'lamp') =>
      prune(linear, graph, { sparsity: 0.6, calibration, method }).error!;
    expect(error('obs')).toBeLessThan(0.5 * error('magnitude'));
    expect(error('obs')).toBeLessThan(0.5 * error('lamp'));
  });

  test('LAMP needs no data', () => {
    const { sparsity, error, graph: pruned } = prune(linear, graph, { sparsity: 0.7 });
    expect(error).toBeNull();
    expect(sparsity).toBeCloseTo(0.7, 1);
    checkGraph(pruned);
  });

  test('a table prunes the layers it names, a depthwise one too', () => {
    const layers = layersOf(graph);
    const depthwise = layers.find((l) => l.op === 'depthwise_conv2d')!;
    const table = { [depthwise.name]: 0.5, [layers[1]!.name]: 0.25 };
    const result = prune(linear, graph, { table, calibration });
    for (const l of result.layers) expect(l.zeros / l.weights).toBeCloseTo(table[l.name] ?? 0, 1);
  });

  test('progress rises to the end', () => {
    const shares: number[] = [];
    const progress = { stage: () => undefined, share: (done: number) => void shares.push(done) };
    prune(linear, graph, { sparsity: 0.5, calibration, progress });
    expect(shares.length).toBeGreaterThan(5);
    expect(shares.at(-1)).toBeCloseTo(1);
    expect(Math.max(...shares)).toBeLessThanOrEqual(1 + 1e-9);
  });
});

describe('float in, int8 out', () => {
  test('zeros stay zeros after rounding, and the int8 graph gives what its float twin gives', async () => {
    const result = await pruneModel(graph, source(graph), { sparsity: 0.6 });
    checkGraph(result.graph);
    for (const node of result.graph.nodes) {
      if (node.in.length < 2) continue;
      const float = layersOf(floatTwin(result.graph)).find((l) => l.name === node.name);
      const share = result.layers.find((l) => l.name === node.name);
      if (float) expect(float.weights.filter((w) => w === 0).length).toBeGreaterThanOrEqual(share!.zeros);
    }
    const { inputs } = samplesFor(graph, 16, 99);
    const twin = executeBatch(linear, floatTwin(result.graph), inputs, 16)[0]!;
    const stored = result.graph.tensors[result.graph.inputs[0]!]!.quant!;
    let most = 0;
    for (let s = 0; s < 16; s++) {
      const x = Int8Array.from(inputs[0]!.subarray(s * 108, (s + 1) * 108), (v) =>
        Math.max(-128, Math.min(127, Math.round(v / stored.scale[0]!) + stored.zero[0]!)),
      );
      execute(result.graph, [x])[0]!.forEach((y, k) => {
        most = Math.max(most, Math.abs((y + 128) / 256 - twin[s * 5 + k]!));
      });
    }
    expect(most).toBeLessThan(0.03);
  });

  test('an int8 graph that is not pruned keeps every bit', async () => {
    const { stored } = await subjectOf(graph, source(graph));
    const twin = floatTwin(stored);
    restore(stored, twin).tensors.forEach((t, i) => {
      expect(t.data).toEqual(stored.tensors[i]!.data);
      expect(t.quant).toEqual(stored.tensors[i]!.quant);
    });
  });

  test('int8 in, int8 out', async () => {
    const { stored } = await subjectOf(graph, source(graph));
    const quant = stored.tensors[stored.inputs[0]!]!.quant!;
    const real = source(graph);
    const samples: SampleSource = {
      count: real.count,
      sample: (i) => [Int8Array.from(real.sample(i)[0]!, (v) => Math.round(v / quant.scale[0]!) + quant.zero[0]!)],
    };
    const result = await pruneModel(stored, samples, { sparsity: 0.5 });
    checkGraph(result.graph);
    expect(result.sparsity).toBeCloseTo(0.5, 1);
    expect(result.error).toBeLessThan(0.2);
    stored.tensors.forEach((t, i) => {
      if (!t.data) expect(result.graph.tensors[i]!.quant).toEqual(t.quant);
    });
  });
});
