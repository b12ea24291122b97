import type { Operator, OpRow, OpRows } from '../operator.js';
import * as types from '../types.js';
import type { Value } from '../value.js';
import { binary, sum } from './binary.js';
import { mean, reduce } from './reduce.js';
import { cut } from './shape.js';
import { unary } from './unary.js';
import { asImage, ceiled, imageOf, padding, pair, toFirst, toLast, unimage, type Windows, windows } from './window.js';

const least = -3.4028234663852886e38;

function poolWindows(op: Operator, x: Value): Windows {
  const sizes = x.tensor.shape.slice(2);
  const w = windows(op, sizes, op.ints('kernel_shape') ?? []);
  return op.int('ceil_mode', 0) ? { ...w, after: ceiled(w, sizes) } : w;
}

/** The image between borders of one value. */
function bordered(op: Operator, x: Value, w: Pick<Windows, 'before' | 'after'>, value: number): Value {
  if (![...w.before, ...w.after].some((n) => n > 0)) return x;
  return op.emit('pad', { before: [0, 0, ...w.before], after: [0, 0, ...w.after], value }, [x]);
}

/** Any windows, as what `join` makes of all taps: a slice of the image each. */
function byTaps(op: Operator, x: Value, w: Windows, join: (a: Value, b: Value) => Value): Value {
  const sizes = x.tensor.shape.slice(2);
  const counts = sizes.map(
    (size, i) => Math.floor((size - (w.kernel[i]! - 1) * w.dilation[i]! - 1) / w.stride[i]!) + 1,
  );
  const taps = w.kernel.reduce<number[][]>(
    (all, k) => all.flatMap((tap) => Array.from({ length: k }, (_, i) => [...tap, i])),
    [[]],
  );
  op.demand(taps.length <= 256 && counts.every((n) => n >= 1), `windows [${w.kernel}] over [${sizes}]`);
  const [first, ...rest] = taps.map((tap) =>
    cut(op, x, [
      { begin: 0, stride: 1, count: x.tensor.shape[0]! },
      { begin: 0, stride: 1, count: x.tensor.shape[1]! },
      ...tap.map((t, i) => ({ begin: t * w.dilation[i]!, stride: w.stride[i]!, count: counts[i]! })),
    ]),
  );
  return rest.reduce(join, first!);
}

function maxPool(op: Operator): void {
  const x = op.in(0);
  if (op.wants(1)) throw op.problem('op-unsupported', 'positions of the greatest values are not supported');
  op.out(maximum(op, x, poolWindows(op, x)));
}

/** Unsigned stored values as signed ones, and back: the greatest stays the greatest. */
function throughSigned(op: Operator, x: Value, work: (x: Value) => Value): Value {
  const quant = x.tensor.quant!;
  const moved = { ...quant, zero: quant.zero.map((z) => z - 128) };
  const signed = op.emit('quantize', {}, [x], { of: types.int8, quant: moved });
  return op.emit('quantize', {}, [work(signed)], { of: x.of, quant });
}

function maximum(op: Operator, x: Value, w: Windows): Value {
  if (x.tensor.type === 'u8' && x.tensor.quant) return throughSigned(op, x, (y) => maximum(op, y, w));
  const rank = x.tensor.shape.length;
  const isFloat = x.tensor.type === 'f32' || x.tensor.quant;
  const isPlain = (rank === 3 || rank === 4) && w.dilation.every((d) => d === 1) && isFloat;
  if (!isPlain) {
    const wide = isFloat ? x : op.cast(x, types.int32);
    const image = bordered(op, wide, w, isFloat ? least : -(2 ** 31));
    const y = byTaps(op, image, w, (a, b) => binary(op, 'maximum', a, b));
    return isFloat ? y : op.cast(y, x.of);
  }
  return pooled(op, x, w, 'max_pool2d');
}

function pooled(op: Operator, x: Value, w: Windows, kind: 'max_pool2d' | 'average_pool2d'): Value {
  const rank = x.tensor.shape.length;
  const image = rank === 3 ? asImage(w) : w;
  const attr = { filter: pair(image.kernel), stride: pair(image.stride), pad: padding(image), act: 'none' } as const;
  return unimage(op, toFirst(op, op.emit(kind, attr, [toLast(op, imageOf(op, x))])), rank);
}

/** A divisor that counts the padding is that of an image with a border of zeros; what CEIL adds is never counted. */
export function average(op: Operator, x: Value): Value {
  const sizes = x.tensor.shape.slice(2);
  const plain = windows(op, sizes, op.ints('kernel_shape') ?? []);
  const w = poolWindows(op, x);
  const counts = op.int('count_include_pad', 0) !== 0;
  const image = counts ? bordered(op, x, plain, 0) : x;
  const rest: Windows = counts
    ? { ...w, before: sizes.map(() => 0), after: w.after.map((n, i) => n - plain.after[i]!) }
    : w;
  if (sizes.length <= 2 && w.dilation.every((d) => d === 1)) return pooled(op, image, rest, 'average_pool2d');
  if (![...rest.before, ...rest.after].every((n) => n === 0))
    throw op.problem('op-unsupported', 'padded windows of three axes are not supported');
  const total = byTaps(op, image, rest, (a, b) => sum(op, 'add', a, b));
  return binary(
    op,
    'div',
    total,
    op.like(
      total,
      w.kernel.reduce((a, b) => a * b),
    ),
  );
}

const pixels = (x: Value): number[] => x.tensor.shape.slice(2).map((_, i) => i + 2);

const global = (make: (op: Operator, x: Value) => Value): OpRow => ({
  inputs: [1, 1],
  build: (op) => op.out(make(op, op.in(0))),
});

export const globalAverage = (op: Operator, x: Value): Value => mean(op, x, pixels(x), true);

/** (sum of |x|^p)^(1/p) */
function norm(op: Operator, x: Value): Value {
  const p = op.int('p', 2);
  const raised = binary(op, 'pow', unary(op, 'abs', x), op.like(x, p));
  return binary(op, 'pow', reduce('sum')(op, raised, pixels(x), true), op.like(x, 1 / p));
}

export const pools: OpRows = {
  AveragePool: { inputs: [1, 1], build: (op) => op.out(average(op, op.in(0))) },
  MaxPool: { inputs: [1, 1], build: maxPool },
  GlobalAveragePool: global(globalAverage),
  GlobalMaxPool: global((op, x) => reduce('max')(op, x, pixels(x), true)),
  GlobalLpPool: global(norm),
};
