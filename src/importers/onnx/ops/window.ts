import type { Padding, Pair, Shape } from '../../../ir/graph.js';
import type { Operator } from '../operator.js';
import type { Value } from '../value.js';

/** Where windows stand over an image of any number of axes: all lists are one per axis. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const ones = (n: number): number[] => new Array<number>(n).fill(1);

/** Sizes of windows with their gaps. */
const spans = (kernel: readonly number[], dilation: readonly number[]): number[] =>
  kernel.map((k, i) => (k - 1) * dilation[i]! + 1);

function listed(op: Operator, name: string, count: number): readonly number[] {
  const list = op.ints(name) ?? ones(count);
  const isWhole = list.every((n) => Number.isInteger(n) && n >= 1 && n < 2 ** 20);
  op.demand(list.length === count && isWhole, `${name} [${list.slice(0, 10)}] for ${count} axes`);
  return list;
}

/** As much padding as gives ceil(size / stride) windows; the odd one goes to the end, or to the beginning. */
function samePads(sizes: readonly number[], span: readonly number[], stride: readonly number[], lower: boolean) {
  const total = sizes.map((size, i) => Math.max(0, (Math.ceil(size / stride[i]!) - 1) * stride[i]! + span[i]! - size));
  const less = total.map((n) => Math.floor(n / 2));
  const more = total.map((n) => Math.ceil(n / 2));
  return lower ? { before: more, after: less } : { before: less, after: more };
}

/** Attributes that convolutions and pools share; `sizes` are those of the image. */
export function windows(op: Operator, sizes: readonly number[], kernel: readonly number[]): Windows {
  const count = sizes.length;
  op.demand(kernel.length === count && kernel.every((k) => k >= 1), `a kernel [${kernel}] for ${count} axes`);
  const stride = listed(op, 'strides', count);
  const dilation = listed(op, 'dilations', count);
  const auto = op.text('auto_pad', 'NOTSET');
  const pads = op.ints('pads') ?? new Array<number>(2 * count).fill(0);
  op.demand(pads.length === 2 * count && pads.every((p) => p >= 0 && p < 2 ** 20), `pads [${pads.slice(0, 10)}]`);
  const given = { before: pads.slice(0, count), after: pads.slice(count) };
  const valid = { before: sizes.map(() => 0), after: sizes.map(() => 0) };
  const same = () => samePads(sizes, spans(kernel, dilation), stride, auto === 'SAME_LOWER');
  const padding = auto.startsWith('SAME') ? same() : auto === 'VALID' ? valid : given;
  return { kernel, stride, dilation, ...padding };
}

/** Padding at the end that lets a last window stand partly outside, where it begins inside. */
export function ceiled(w: Windows, sizes: readonly number[]): readonly number[] {
  const span = spans(w.kernel, w.dilation);
  return sizes.map((size, i) => {
    const [k, s, before, after] = [span[i]!, w.stride[i]!, w.before[i]!, w.after[i]!];
    let count = Math.ceil((size + before + after - k) / s) + 1;
    if ((count - 1) * s >= size + before) count--;
    return Math.max(after, (count - 1) * s + k - size - before);
  });
}

export const pair = ([a, b]: readonly number[]): Pair => [a!, b!];
export const padding = ({ before, after }: Pick<Windows, 'before' | 'after'>): Padding => [
  before[0]!,
  after[0]!,
  before[1]!,
  after[1]!,
];

/** Channels behind the pixels: [N,C,H,W] to [N,H,W,C]. */
export const toLast = (op: Operator, x: Value): Value => {
  const rank = x.tensor.shape.length;
  return op.transpose(x, [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]);
};

/** [N,H,W,C] to [N,C,H,W]. */
export const toFirst = (op: Operator, x: Value): Value => {
  const rank = x.tensor.shape.length;
  return op.transpose(x, [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]);
};

/** Numbers for two axes where a signal has one: a row of height 1. */
export const widen = (list: readonly number[], missing: number): number[] => [missing, ...list];

/** Windows over a signal [L] as windows over an image [1, L]. */
export const asImage = (w: Windows): Windows => ({
  kernel: widen(w.kernel, 1),
  stride: widen(w.stride, 1),
  dilation: widen(w.dilation, 1),
  before: widen(w.before, 0),
  after: widen(w.after, 0),
});

/** [N,C,L] becomes [N,C,1,L]; images stay. */
export function imageOf(op: Operator, x: Value): Value {
  const [n, c, ...sizes] = x.tensor.shape;
  return sizes.length === 1 ? op.reshape(x, [n!, c!, 1, sizes[0]!]) : x;
}

/** And back. */
export function unimage(op: Operator, y: Value, rank: number): Value {
  const { shape } = y.tensor;
  return rank === 3 ? op.reshape(y, [shape[0]!, shape[1]!, shape[3]!] as Shape) : y;
}

/** Images of one or two axes. @throws Problem */
export function demandImage(op: Operator, x: Value): void {
  const axes = x.tensor.shape.length - 2;
  if (axes !== 1 && axes !== 2)
    throw op.problem('op-shape', `works on [${x.tensor.shape}]; images of one or two axes are supported`);
}
