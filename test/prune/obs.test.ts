import { describe, expect, test } from 'vitest';
import { conjugateGradients, type Solution } from '../../src/prune/conjugate.js';
import { covariance, deviation, ridge } from '../../src/prune/hessian.js';
import type { Layer } from '../../src/prune/layers.js';
import { rankMagnitude } from '../../src/prune/magnitude.js';
import type { Moments } from '../../src/prune/moments.js';
import { curvatureOf, rankSecondOrder } from '../../src/prune/obs.js';
import { parsePattern, unitsOf } from '../../src/prune/pattern.js';
import { maskAfter } from '../../src/prune/ranking.js';
import { leastSquares } from '../../src/prune/solve.js';
import { Linear } from '../../src/support/linear.js';
import { random } from '../../src/support/rng.js';

const linear = await Linear.load();

/** Solves a x = b by elimination with pivots: slow, plain, independent of what is tested. */
function solve(a: number[][], b: number[]): number[] {
  const n = b.length;
  const m = a.map((row, i) => [...row, b[i]!]);
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c; r < n; r++) if (Math.abs(m[r]![c]!) > Math.abs(m[pivot]![c]!)) pivot = r;
    [m[c], m[pivot]] = [m[pivot]!, m[c]!];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const f = m[r]![c]! / m[c]![c]!;
      for (let k = c; k <= n; k++) m[r]![k]! -= f * m[c]![k]!;
    }
  }
  return m.map((row, i) => row[n]! / row[i]!);
}

/** A layer of random weights with random, correlated inputs. */
function example(rows: number, depth: number, seed: number): { layer: Layer; moments: Moments } {
  const next = random(seed);
  const normal = () => 2 * next() - 1 + 2 * next() - 1;
  const weights = Float32Array.from({ length: rows * depth }, normal);
  const count = 200;
  const stride = depth + 1;
  const gram = new Float64Array(stride * stride);
  const cross = new Float64Array(stride * rows);
  for (let s = 0; s < count; s++) {
    const common = normal();
    const x = [...Array.from({ length: depth }, (_, k) => normal() * (1 + (k % 3)) + common + 0.5), 1];
    for (let i = 0; i < stride; i++) {
      for (let j = 0; j < stride; j++) gram[i * stride + j]! += x[i]! * x[j]!;
      for (let r = 0; r < rows; r++) {
        const y = weights.subarray(r * depth, (r + 1) * depth).reduce((sum, w, k) => sum + w * x[k]!, 0);
        cross[r * stride + i]! += x[i]! * y;
      }
    }
  }
  const layer: Layer = { name: 'l', index: 0, op: 'conv2d', rows, depth, weights, uses: 1, byDefault: true };
  const moments: Moments = {
    ...{ count, depth, stride, gram: () => gram, cross: (r: number, k: number) => cross[r * stride + k]! },
  };
  return { layer, moments };
}

/** Least error of one row when only `kept` columns may be used: the ridge pulls towards the dense weights. */
function directLoss(h: number[][], w: number[], kept: readonly number[]): number {
  const hw = h.map((row) => row.reduce((sum, v, j) => sum + v * w[j]!, 0));
  const some = kept.length
    ? solve(
        kept.map((i) => kept.map((j) => h[i]![j]!)),
        kept.map((i) => hw[i]!),
      )
    : [];
  const e = w.map((v, i) => v - (kept.includes(i) ? some[kept.indexOf(i)]! : 0));
  return e.reduce((sum, v, i) => sum + v * h[i]!.reduce((s, q, j) => s + q * e[j]!, 0), 0);
}

const rowsOf = (h: Float64Array, n: number): number[][] =>
  Array.from({ length: n }, (_, i) => [...h.subarray(i * n, (i + 1) * n)]);

/** Covariance + ridge as plain rows. */
function hessian(layer: Layer, moments: Moments): number[][] {
  const h = rowsOf(covariance(moments, 0), layer.depth);
  for (let i = 0; i < layer.depth; i++) h[i]![i]! += ridge(moments, 0);
  return h;
}

describe('optimal brain surgeon against direct least squares', () => {
  test.each([
    ['unstructured', 3, 7],
    ['1x2', 2, 7],
    ['2x2', 4, 6],
    ['2x3', 3, 8],
    ['4x1', 4, 6],
  ])(
    '%s on %i x %i: every step takes the unit whose removal costs least, and costs what it says',
    (text, rows, depth) => {
      const { layer, moments } = example(rows, depth, rows * depth);
      const h = hessian(layer, moments);
      const pattern = parsePattern(text);
      const units = unitsOf(pattern, rows, depth);
      const ranking = rankSecondOrder(linear, curvatureOf(linear, layer, moments), pattern);
      expect(ranking.units.length).toBe(units.bands * units.across);
      expect([...ranking.units].sort((a, b) => a - b)).toEqual([...ranking.units.keys()]);
      const variance = curvatureOf(linear, layer, moments).variance;
      const own = (r: number) => [...layer.weights.subarray(r * depth, (r + 1) * depth)];
      for (let band = 0; band < units.bands; band++) {
        const members = Array.from(
          { length: Math.min(units.height, rows - band * units.height) },
          (_, i) => band * units.height + i,
        );
        const columns = (block: number) =>
          Array.from({ length: Math.min(units.width, depth - block * units.width) }, (_, i) => block * units.width + i);
        const cost = (kept: readonly number[]) => members.reduce((sum, r) => sum + directLoss(h, own(r), kept), 0);
        let kept = Array.from({ length: depth }, (_, k) => k);
        let before = 0;
        for (let k = 0; k < ranking.units.length; k++) {
          if (Math.floor(ranking.units[k]! / units.across) !== band) continue;
          const left = [...new Set(kept.map((c) => Math.floor(c / units.width)))];
          const costs = left.map((block) => cost(kept.filter((c) => !columns(block).includes(c))));
          const block = ranking.units[k]! % units.across;
          expect(costs[left.indexOf(block)]).toBeCloseTo(Math.min(...costs), 6);
          const added = (ranking.loss[k]! - (k ? ranking.loss[k - 1]! : 0)) * variance;
          expect(added).toBeCloseTo(Math.min(...costs) - before, 5);
          before = Math.min(...costs);
          kept = kept.filter((c) => !columns(block).includes(c));
        }
      }
    },
  );

  test.each([
    ['2:4', 2, 8, 2],
    ['1:4', 2, 10, 1],
    ['1:8', 1, 12, 1],
    ['2:4', 1, 5, 2],
  ])('%s on %i x %i: at most %i of each group stay', (text, rows, depth, most) => {
    const { layer, moments } = example(rows, depth, 99);
    const pattern = parsePattern(text);
    const ranking = rankSecondOrder(linear, curvatureOf(linear, layer, moments), pattern);
    const mask = maskAfter(layer, unitsOf(pattern, rows, depth), ranking, ranking.units.length);
    const group = Number(text.split(':')[1]);
    for (let r = 0; r < rows; r++)
      for (let g = 0; g < depth; g += group) {
        const size = Math.min(group, depth - g);
        const kept = mask.subarray(r * depth + g, r * depth + g + size).reduce((a, b) => a + b, 0);
        expect(kept).toBe(Math.min(size, most));
      }
  });

  test('weights that are zero go first, at no cost, and never come back', () => {
    const { layer, moments } = example(2, 9, 5);
    layer.weights.set([0, 0, 0], 3);
    const ranking = rankSecondOrder(linear, curvatureOf(linear, layer, moments), { kind: 'unstructured' });
    expect([...ranking.units.subarray(0, 3)].sort((a, b) => a - b)).toEqual([3, 4, 5]);
    expect(ranking.loss[2]).toBe(0);
    expect([...maskAfter(layer, unitsOf({ kind: 'unstructured' }, 2, 9), ranking, 0).subarray(3, 6)]).toEqual([
      0, 0, 0,
    ]);
  });
});

describe('rows of many inputs, ranked in parts', () => {
  const depth = 700;
  const { layer, moments } = example(2, depth, 700);

  test.each(['unstructured', '1x16', '2x8', '2:4'])('%s: every unit once, n:m rules kept', (text) => {
    const pattern = parsePattern(text);
    const units = unitsOf(pattern, 2, depth);
    const ranking = rankSecondOrder(linear, curvatureOf(linear, layer, moments), pattern);
    const all = units.bands * units.across;
    expect(new Set(ranking.units).size).toBe(ranking.units.length);
    expect(ranking.units.length).toBe(text === '2:4' ? all / 2 : all);
    expect(ranking.units.every((u) => u >= 0 && u < all)).toBe(true);
    expect(ranking.zeros.at(-1)).toBe(text === '2:4' ? depth : 2 * depth);
  });

  const pattern = parsePattern('unstructured');
  const curvature = curvatureOf(linear, layer, moments);
  const c = covariance(moments, 0);
  /** Share of the variance that a solution loses. */
  const lossOf = ({ weights }: Solution): number => {
    const change = layer.weights.map((w, i) => w - weights[i]!);
    const rows = [0, 1].map((r) => deviation(c, change.subarray(r * depth, (r + 1) * depth), ridge(moments, 0)));
    return (rows[0]! + rows[1]!) / curvature.variance;
  };

  test('loses less than by size, and hardly more than said', () => {
    const rankings = [rankSecondOrder(linear, curvature, pattern), rankMagnitude(layer, pattern)];
    const [ours, bySize] = rankings.map((ranking) => {
      const mask = maskAfter(layer, unitsOf(pattern, 2, depth), ranking, depth);
      return lossOf(leastSquares(linear, layer, mask, moments));
    });
    expect(ours!).toBeLessThan(0.75 * bySize!);
    const said = rankings[0]!.loss[depth - 1]!;
    expect(ours! / said).toBeGreaterThan(0.9);
    expect(ours! / said).toBeLessThan(3);
  });

  test('conjugate gradients lose what factorisations do', () => {
    const mask = Uint8Array.from({ length: 2 * depth }, (_, i) => (i % 3 === 1 ? 0 : 1));
    const [exact, near] = [leastSquares, conjugateGradients].map((f) => f(linear, layer, mask, moments));
    expect(lossOf(near!) / lossOf(exact!)).toBeLessThan(1.001);
    expect(near!.weights.every((w, i) => mask[i] === 1 || w === 0)).toBe(true);
  });
});

describe('least squares', () => {
  test.each([
    ['factorisations', leastSquares],
    ['conjugate gradients', conjugateGradients],
  ])('%s solve the weights that stay exactly, bias included', (_, method) => {
    const { layer, moments } = example(3, 6, 17);
    const mask = Uint8Array.from({ length: 18 }, (_, i) => (i % 4 === 1 ? 0 : 1));
    const { weights, bias } = method(linear, layer, mask, moments);
    for (let r = 0; r < 3; r++) {
      const kept = [0, 1, 2, 3, 4, 5].filter((k) => mask[r * 6 + k]);
      const columns = [...kept, 6];
      const gram = rowsOf(moments.gram(r), 7);
      const d = ridge(moments, r);
      const a = columns.map((i) => columns.map((j) => gram[i]![j]! + (i === j && i < 6 ? d : 0)));
      const b = columns.map((k) => moments.cross(r, k) + (k < 6 ? d * layer.weights[r * 6 + k]! : 0));
      const want = solve(a, b);
      columns.forEach((k, i) => {
        expect(k < 6 ? weights[r * 6 + k] : bias[r]).toBeCloseTo(want[i]!, 4);
      });
      for (let k = 0; k < 6; k++) if (!mask[r * 6 + k]) expect(weights[r * 6 + k]).toBe(0);
    }
  });

  test('with nothing removed the weights come back', () => {
    const { layer, moments } = example(2, 5, 3);
    const { weights, bias } = leastSquares(linear, layer, new Uint8Array(10).fill(1), moments);
    weights.forEach((w, i) => {
      expect(w).toBeCloseTo(layer.weights[i]!, 5);
    });
    bias.forEach((b) => {
      expect(b).toBeCloseTo(0, 5);
    });
  });

  test('inputs that are all zero: weights stay, no NaN', () => {
    const { layer } = example(2, 5, 3);
    const zero = new Float64Array(36);
    zero[35] = 200;
    const moments: Moments = {
      ...{ count: 200, depth: 5, stride: 6, gram: () => zero, cross: () => 0 },
    };
    const { weights } = leastSquares(linear, layer, new Uint8Array(10).fill(1), moments);
    expect(weights.every(Number.isFinite)).toBe(true);
    const ranking = rankSecondOrder(linear, curvatureOf(linear, layer, moments), { kind: 'unstructured' });
    expect(ranking.loss.every((l) => l >= 0 && l <= 1 + 1e-9)).toBe(true);
    expect(new Set(ranking.units).size).toBe(10);
  });
});
