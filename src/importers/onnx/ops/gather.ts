import type { ScatterFn } from '../../../ir/graph.js';
import type { Operator, OpRow, OpRows } from '../operator.js';
import * as types from '../types.js';
import { constant, type Value } from '../value.js';
import { cut, whole } from './shape.js';

/** Whole numbers as the graph's ops take indices. */
export const indices = (op: Operator, i: number): Value => op.cast(op.in(i), types.int32);

export const pick = (op: Operator, x: Value, places: Value, axis: number): Value =>
  op.emit('gather', { axis, batchDims: 0 }, [x, places], { of: x.of });

/** Rows of an axis by number, known now. */
export const pickFixed = (op: Operator, x: Value, places: readonly number[], axis: number): Value =>
  pick(op, x, constant(`${x.tensor.name}/places`, types.int32, [places.length], places), axis);

const axisOf = (op: Operator): number => op.axis(op.int('axis', 0), op.in(0).tensor.shape.length);

function gatherNd(op: Operator): void {
  op.out(op.emit('gather_nd', { batchDims: op.int('batch_dims', 0) }, [op.in(0), indices(op, 1)], { of: op.in(0).of }));
}

function combining(op: Operator): ScatterFn {
  const name = op.text('reduction', 'none');
  if (!['none', 'add', 'mul', 'max', 'min'].includes(name)) throw op.problem('op-attribute', `reduction "${name}"`);
  return name as ScatterFn;
}

const scatterElements: OpRow = {
  inputs: [3, 3],
  build: (op) =>
    op.out(op.emit('scatter_elements', { axis: axisOf(op), fn: combining(op) }, [op.in(0), indices(op, 1), op.in(2)])),
};

function scatterNd(op: Operator): void {
  op.out(op.emit('scatter_nd', { fn: combining(op) }, [op.in(0), indices(op, 1), op.in(2)]));
}

/** The depth is constant; so are the values. */
function oneHot(op: Operator): void {
  const given = op.in(0);
  const depth = Math.trunc(op.constant(1, 'depth')[0]!);
  const [off, on] = op.constant(2, 'values') as [number, number];
  const rank = given.tensor.shape.length + 1;
  const axis = op.axis(op.int('axis', -1), rank);
  const shape = [...given.tensor.shape.slice(0, axis), depth, ...given.tensor.shape.slice(axis)];
  const whole = op.cast(given, types.int32);
  // Negative indices count from the end.
  const wrapped = op.emit('binary', { fn: 'less' }, [whole, op.like(whole, 0)], { of: types.bool });
  const moved = op.emit('add', { act: 'none' }, [whole, op.like(whole, depth)]);
  const places = op.emit('select', {}, [wrapped, moved, whole], { of: types.int32, shape: given.tensor.shape });
  op.out(op.emit('one_hot', { axis, on, off }, [places], { of: op.in(2).of, shape }));
}

function compress(op: Operator): void {
  const kept = op.constant(1, 'condition').flatMap((keep, i) => (keep ? [i] : []));
  const x = op.in(0);
  const isFlat = !op.attribute('axis');
  const flat = isFlat ? op.reshape(x, [x.tensor.shape.reduce((a, b) => a * b, 1)]) : x;
  op.out(pickFixed(op, flat, kept, isFlat ? 0 : axisOf(op)));
}

/** The first `lengths[i]` steps of every sequence backwards: the rows of steps and batches taken in another order. */
function reverseSequence(op: Operator): void {
  const x = op.in(0);
  const lengths = op.constant(1, 'sequence_lens');
  const timeAxis = op.int('time_axis', 0);
  const { shape } = x.tensor;
  const [steps, batch] = timeAxis === 0 ? [shape[0]!, shape[1]!] : [shape[1]!, shape[0]!];
  const from = (t: number, b: number) => (t < lengths[b]! ? lengths[b]! - 1 - t : t);
  const places =
    timeAxis === 0
      ? Array.from({ length: steps * batch }, (_, i) => from(Math.floor(i / batch), i % batch) * batch + (i % batch))
      : Array.from(
          { length: steps * batch },
          (_, i) => Math.floor(i / steps) * steps + from(i % steps, Math.floor(i / steps)),
        );
  const rows = op.reshape(x, [steps * batch, ...shape.slice(2)]);
  op.out(op.reshape(pickFixed(op, rows, places, 0), shape));
}

/** Padding that copies: which of the rows an axis of `size` has stands at each place. */
const copies: Readonly<Record<string, (place: number, size: number) => number>> = {
  edge: (place, size) => Math.max(0, Math.min(size - 1, place)),
  wrap: (place, size) => ((place % size) + size) % size,
  reflect: (place, size) => {
    if (size === 1) return 0;
    const turn = 2 * (size - 1);
    const within = ((place % turn) + turn) % turn;
    return within < size ? within : turn - within;
  },
};

function padByCopies(op: Operator, x: Value, mode: string, before: readonly number[], after: readonly number[]): Value {
  const from = copies[mode];
  if (!from) throw op.problem('op-attribute', `mode "${mode}" is not supported`);
  return x.tensor.shape.reduce((y, size, axis) => {
    if (!before[axis] && !after[axis]) return y;
    const places = Array.from({ length: size + before[axis]! + after[axis]! }, (_, i) => from(i - before[axis]!, size));
    return pickFixed(op, y, places, axis);
  }, x);
}

/** Negative padding cuts. */
function trimmed(op: Operator, x: Value, before: readonly number[], after: readonly number[]): Value {
  if (![...before, ...after].some((n) => n < 0)) return x;
  const cuts = whole(x.tensor.shape).map((c, i) => {
    const [front, back] = [Math.max(0, -before[i]!), Math.max(0, -after[i]!)];
    return { ...c, begin: front, count: c.count - front - back };
  });
  return cut(op, x, cuts);
}

function padsOf(op: Operator, rank: number): [number[], number[]] {
  const given = [...(op.ints('pads') ?? op.ints('paddings') ?? op.constant(1, 'pads'))];
  const axes = op.has(3)
    ? op.constant(3, 'axes').map((a) => op.axis(a, rank))
    : given.slice(given.length / 2).map((_, i) => i);
  op.demand(given.length === 2 * axes.length, `${given.length} pads for ${axes.length} axes`);
  const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
  axes.forEach((axis, i) => {
    before[axis] = given[i]!;
    after[axis] = given[axes.length + i]!;
  });
  return [before, after];
}

function pad(op: Operator): void {
  const x = op.in(0);
  const [before, after] = padsOf(op, x.tensor.shape.length);
  const mode = op.text('mode', 'constant');
  const cutDown = trimmed(op, x, before, after);
  const [b, a] = [before.map((n) => Math.max(0, n)), after.map((n) => Math.max(0, n))];
  if (mode !== 'constant') {
    op.out(padByCopies(op, cutDown, mode, b, a));
    return;
  }
  const value = op.has(2) ? op.constant(2, 'constant_value')[0]! : op.real('value', 0);
  op.out(
    op.emit(
      'pad',
      { before: b, after: a, value: Math.max(-3.4028234663852886e38, Math.min(3.4028234663852886e38, value)) },
      [cutDown],
    ),
  );
}

export const gathers: OpRows = {
  Compress: { inputs: [2, 2], build: compress },
  Gather: { inputs: [2, 2], build: (op) => op.out(pick(op, op.in(0), indices(op, 1), axisOf(op))) },
  GatherElements: {
    inputs: [2, 2],
    build: (op) =>
      op.out(op.emit('gather_elements', { axis: axisOf(op) }, [op.in(0), indices(op, 1)], { of: op.in(0).of })),
  },
  GatherND: { inputs: [2, 2], build: gatherNd },
  OneHot: { inputs: [3, 3], build: oneHot },
  Pad: { inputs: [1, 4], build: pad },
  ReverseSequence: { inputs: [2, 2], build: reverseSequence },
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: { inputs: [3, 3], build: scatterNd },
};
