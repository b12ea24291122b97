/** What lstm and gru share: shapes, checks, the loop over steps. */
import { elements, type NodeOf, newData, type Shape, type Tensor, type TensorData } from '../../ir/graph.js';
import { clamp } from '../../support/fixed.js';
import type { Value } from '../op.js';
import { demand, demandRank, demandType } from '../validate.js';

export type Cell = NodeOf<'lstm'> | NodeOf<'gru'>;

/** Sizes of a sequence: batch, steps, values in, units. */
export interface Sizes {
  readonly batch: number;
  readonly steps: number;
  readonly inputs: number;
  readonly units: number;
}

const same = (a: Shape, b: readonly number[]): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

export function sizesOf(inputs: readonly Tensor[]): Sizes {
  const [batch, steps, depth] = inputs[0]!.shape as [number, number, number];
  return { batch, steps, inputs: depth, units: inputs[2]!.shape[2]! };
}

/**
 * Shapes of a cell's operands and of its results.
 * @param gates matrices of weights, @param biases rows of biases
 */
export function inferCell(
  node: Cell,
  inputs: readonly Tensor[],
  gates: number,
  biases: number,
  states: number,
): Shape[] {
  const [x, w, r, b, ...kept] = inputs as [Tensor, Tensor, Tensor, Tensor, ...Tensor[]];
  demandRank(node, 'the input', x, 3);
  demandRank(node, 'the weights of the state', r, 3);
  const { batch, steps, inputs: depth, units } = sizesOf(inputs);
  const wanted: [string, Tensor, number[]][] = [
    ['the weights', w, [gates, units, depth]],
    ['the weights of the state', r, [gates, units, units]],
    ['the bias', b, [biases, units]],
    ...kept.map((t): [string, Tensor, number[]] => ['a state', t, [batch, units]]),
  ];
  for (const [what, t, shape] of wanted)
    demand(node, same(t.shape, shape), 'op-shape', `${what} has shape [${t.shape}] instead of [${shape}]`);
  for (const t of [w, r, b]) demand(node, t.data !== undefined, 'op-type', 'its weights must be constant');
  demand(node, kept.length === 0 || kept.length === states, 'op-inputs', `${kept.length} states instead of ${states}`);
  demand(
    node,
    node.out.length === 0 || node.out.length === 1 + kept.length,
    'op-outputs',
    `${node.out.length} outputs`,
  );
  const y = node.attr.last ? [batch, units] : [batch, steps, units];
  return [y, ...kept.map((t) => t.shape)];
}

/** All operands are f32. */
export function demandFloat(node: Cell, inputs: readonly Tensor[], y: Tensor): void {
  for (const t of [...inputs, y]) demandType(node, 'an operand', t, ['f32']);
}

/** Stored weights of `gates` gates: symmetric, a scale each. */
export function demandGates(node: Cell, weights: readonly Tensor[], gates: number): void {
  for (const { quant } of weights) {
    const { scale = [], zero = [], axis } = quant ?? {};
    const fits = scale.length === gates && axis === 0 && zero.every((z) => z === 0);
    demand(node, fits, 'op-quant', 'its weights need one scale per gate and no zero points');
  }
}

/** Kept within 16 bits. */
export const s16 = (v: number): number => clamp(v, -32768, 32767);

/**
 * Runs a cell over all steps.
 * @param step new state of one sample from its input row; writes into `h`
 */
export function overSteps(
  node: Cell,
  { batch, steps, inputs, units }: Sizes,
  y: Tensor,
  h: TensorData | Float64Array,
  step: (sample: number, row: number) => void,
): TensorData {
  const out = newData(y.type, elements(y.shape));
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < steps; i++) {
      const t = node.attr.reverse ? steps - 1 - i : i;
      step(n, (n * steps + t) * inputs);
      if (node.attr.last && i + 1 < steps) continue;
      const at = node.attr.last ? n * units : (n * steps + t) * units;
      for (let u = 0; u < units; u++) out[at + u] = h[n * units + u]!;
    }
  return out;
}

/** row of `w` (from `at`) times `v` (from `from`). */
export function product(w: ArrayLike<number>, at: number, v: ArrayLike<number>, from: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += w[at + i]! * v[from + i]!;
  return sum;
}

/** The gates' function in float. */
export const gateOf =
  (slope: number) =>
  (x: number): number =>
    slope ? Math.min(1, Math.max(0, slope * x + 0.5)) : 1 / (1 + Math.exp(-x));

/** A state as doubles; 0 where there is none. */
export const realState = (t: Value | undefined, length: number): Float64Array =>
  t ? Float64Array.from(t.data) : new Float64Array(length);
