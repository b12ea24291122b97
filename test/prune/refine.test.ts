import { describe, expect, test } from 'vitest';
import { aimOf, objective } from '../../src/ops/float/objective.js';
import { uniform } from '../../src/prune/allocate.js';
import { magnitudeOnly } from '../../src/prune/apply.js';
import { parsePattern } from '../../src/prune/pattern.js';
import { refined } from '../../src/prune/refine.js';
import { divided, spread } from '../../src/prune/samples.js';
import { trace } from '../../src/prune/trace.js';
import { Linear } from '../../src/support/linear.js';
import { uniform as numbers, residual, samplesFor } from '../support/float-net.js';

const linear = await Linear.load();
const graph = residual();
const logits = graph.nodes.at(-1)!.in[0]!;

describe('objective', () => {
  const [got, want] = [numbers(15, 1).map((v) => 3 * v), numbers(15, 2).map((v) => 3 * v)];
  const aim = aimOf(graph, logits, want, 5);

  test('knows a classifier by its softmax', () => {
    expect(aim.isClassifier).toBe(true);
    expect(aimOf(graph, graph.nodes[0]!.out[0]!, want, 5).isClassifier).toBe(false);
  });

  test('is 0 where all is as wanted', () => {
    const { loss, gradient } = objective(aim, want, want);
    expect(loss).toBeCloseTo(0, 6);
    expect(gradient.every((g) => Math.abs(g) < 1e-6)).toBe(true);
  });

  test.each([true, false])('gradients are those of the loss, classifier: %s', (isClassifier) => {
    const own = { ...aim, isClassifier };
    const { gradient } = objective(own, got, want);
    got.forEach((_, i) => {
      const at = (d: number) =>
        objective(
          own,
          got.map((v, k) => (k === i ? v + d : v)),
          want,
        ).loss;
      expect(gradient[i]).toBeCloseTo((at(0.01) - at(-0.01)) / 0.02, 3);
    });
  });
});

describe('samples', () => {
  const all = samplesFor(graph, 300);
  const size = all.inputs[0]!.length / 300;
  const first = (c: { inputs: readonly Float32Array[] }) => c.inputs[0]!.subarray(0, size);

  test('every eighth is kept apart, none is in both', () => {
    const { fit, judge } = divided(all);
    expect([fit.count, judge!.count]).toEqual([262, 38]);
    expect(first(judge!)).toEqual(first(all));
    expect(first(fit)).toEqual(all.inputs[0]!.subarray(size, 2 * size));
  });

  test('few samples are not divided', () => {
    const few = spread(all, 255);
    expect(few.count).toBe(255);
    expect(divided(few)).toEqual({ fit: few });
  });
});

describe('training what is left', () => {
  const parts = divided(samplesFor(graph, 512));
  const pattern = parsePattern('unstructured');
  const t = trace(linear, graph, undefined, { method: 'magnitude' });
  const pruned = magnitudeOnly(t, uniform(t, pattern, 0.4));
  const better = refined(linear, graph, pruned, parts, { polish: 3 });

  test('lowers the error on other samples', () => {
    expect(better.graph).not.toBe(pruned.graph);
    const none = refined(linear, graph, { ...pruned, graph }, parts, { polish: 1 });
    expect(none.graph).toBe(graph); // the dense graph cannot be bettered
    const longer = refined(linear, graph, pruned, parts, { polish: 12 });
    expect(longer.error).toBeLessThan(0.6 * better.error!);
  });

  test('where the stored type clamps, the teacher does so too', () => {
    const range = (id: number) =>
      id === graph.nodes[0]!.out[0] ? ([0, 0.3] as const) : ([-Infinity, Infinity] as const);
    const storage = {
      range,
      activation: (id: number, data: Float32Array) => linear.bound(data, ...range(id)),
      weights: (_: unknown, data: Float32Array) => data,
    };
    // Nothing is missing, so there is nothing to train for.
    expect(refined(linear, graph, { ...pruned, graph }, parts, { polish: 4, storage }).graph).toBe(graph);
  });

  test('zeros stay, no others come', () => {
    better.layers.forEach((l, i) => {
      expect(l.zeros).toBe(pruned.layers[i]!.zeros);
    });
  });

  test('few samples, or 0 passes: nothing is done', () => {
    expect(refined(linear, graph, pruned, { fit: parts.fit }, {})).toBe(pruned);
    expect(refined(linear, graph, pruned, parts, { polish: 0 })).toBe(pruned);
  });
});
