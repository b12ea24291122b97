import { elements, type Shape } from '../../../ir/graph.js';
import type { Operator, OpRow, OpRows } from '../operator.js';
import { checkedShape, readTensor } from '../tensor.js';
import * as types from '../types.js';
import { constant, type Value } from '../value.js';
import { same } from './unary.js';

const order = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** 0 keeps the axis, -1 takes what is left. */
function reshape(op: Operator): void {
  const x = op.in(0);
  const wanted = op.since(5) ? op.constant(1, 'shape') : (op.ints('shape') ?? []);
  const keeps = !op.int('allowzero', 0);
  const sizes = wanted.map((d, i) => (d === 0 && keeps ? (x.tensor.shape[i] ?? 0) : d));
  op.demand(sizes.filter((d) => d === -1).length <= 1 && sizes.every((d) => d >= -1), `a shape [${wanted}]`);
  const known = sizes.reduce((n, d) => (d === -1 ? n : n * d), 1);
  const shape = sizes.map((d) => (d === -1 ? elements(x.tensor.shape) / known : d));
  op.demand(elements(shape) === elements(x.tensor.shape), `[${x.tensor.shape}] cannot become [${wanted}]`);
  op.out(op.reshape(x, shape));
}

function flatten(op: Operator): void {
  const { shape } = op.in(0).tensor;
  const given = op.int('axis', 1);
  const axis = given < 0 ? given + shape.length : given;
  op.demand(axis >= 0 && axis <= shape.length, `axis ${given} of ${shape.length}`);
  op.out(op.reshape(op.in(0), [elements(shape.slice(0, axis)), elements(shape.slice(axis))]));
}

function squeeze(op: Operator): void {
  const x = op.in(0);
  const { shape } = x.tensor;
  const given = op.list('axes', 1);
  const axes = given ? op.axes(given, shape.length) : order(shape.length).filter((a) => shape[a] === 1);
  op.demand(
    axes.every((a) => shape[a] === 1),
    `axes [${axes}] of [${shape}] are not all 1`,
  );
  op.out(
    op.reshape(
      x,
      shape.filter((_, a) => !axes.includes(a)),
    ),
  );
}

function unsqueeze(op: Operator): void {
  const x = op.in(0);
  const given = op.list('axes', 1) ?? [];
  const rank = x.tensor.shape.length + given.length;
  const axes = op.axes(given, rank);
  op.demand(axes.length === given.length, `axes [${given}] name one twice`);
  const rest = [...x.tensor.shape];
  op.out(
    op.reshape(
      x,
      order(rank).map((a) => (axes.includes(a) ? 1 : rest.shift()!)),
    ),
  );
}

function transpose(op: Operator): void {
  const x = op.in(0);
  const rank = x.tensor.shape.length;
  const perm = op.ints('perm') ?? order(rank).reverse();
  op.demand(`${[...perm].sort((a, b) => a - b)}` === `${order(rank)}`, `perm [${perm}] of ${rank} axes`);
  op.out(perm.every((a, i) => a === i) ? same(op, x) : op.transpose(x, perm));
}

function shapeOf(op: Operator): void {
  const { shape } = op.in(0).tensor;
  op.out(op.wholes('shape', shape.slice(op.int('start', 0), op.attribute('end') && op.int('end', 0))));
}

/** Shapes by numpy's rules, where 1 on either side gives way. */
function expand(op: Operator): void {
  const x = op.in(0);
  const wanted = op.constant(1, 'shape');
  const rank = Math.max(wanted.length, x.tensor.shape.length);
  const at = (s: Shape, axis: number) => s[axis - rank + s.length] ?? 1;
  const shape = order(rank).map((a) => (at(wanted, a) === 1 ? at(x.tensor.shape, a) : at(wanted, a)));
  op.out(op.emit('broadcast_to', {}, [x], { shape: checkedShape(shape, op.from) }));
}

function tile(op: Operator): void {
  op.out(op.emit('tile', { multiples: op.constant(1, 'repeats') }, [op.in(0)]));
}

function concat(op: Operator): void {
  const inputs = op.all();
  const axis = op.axis(op.int('axis', 1), inputs[0]!.tensor.shape.length);
  // Empty ones appear where shapes are put together.
  const filled = inputs.filter((v) => elements(v.tensor.shape) > 0);
  const joined = filled.length ? filled : inputs.slice(0, 1);
  op.out(joined.length === 1 ? same(op, joined[0]!) : op.emit('concatenation', { axis, act: 'none' }, joined));
}

/** Elements `begin`, `begin + stride`, ... of an axis, `count` of them. */
interface Cut {
  readonly begin: number;
  readonly stride: number;
  readonly count: number;
}

/** One part of x: a cut per axis. */
export function cut(op: Operator, x: Value, cuts: readonly Cut[]): Value {
  const shape = cuts.map((c) => c.count);
  if (cuts.every((c, i) => c.begin === 0 && c.stride === 1 && c.count === x.tensor.shape[i])) return same(op, x);
  const attr = { begin: cuts.map((c) => c.begin), strides: cuts.map((c) => c.stride) };
  if (shape.includes(0) && x.exact) return constant(`${x.tensor.name}/none`, x.of, shape, []);
  return op.emit('strided_slice', attr, [x], { shape });
}

export const whole = (shape: Shape): Cut[] => shape.map((count) => ({ begin: 0, stride: 1, count }));

/** What is meant by start, end and step on an axis. Source: ONNX, operator Slice. */
function cutOf(start: number, end: number, stride: number, size: number): Cut {
  const clamp = (v: number, low: number, high: number) => Math.max(low, Math.min(high, v < 0 ? v + size : v));
  const [begin, stop] =
    stride > 0 ? [clamp(start, 0, size), clamp(end, 0, size)] : [clamp(start, 0, size - 1), clamp(end, -1, size - 1)];
  return { begin, stride, count: Math.max(0, Math.ceil((stop - begin) / stride)) };
}

function slice(op: Operator): void {
  const x = op.in(0);
  const { shape } = x.tensor;
  const starts = op.list('starts', 1) ?? [];
  const ends = op.list('ends', 2) ?? [];
  const axes = (op.list('axes', 3) ?? order(starts.length)).map((a) => op.axis(a, shape.length));
  const steps = op.has(4) ? op.constant(4, 'steps') : starts.map(() => 1);
  op.demand(starts.length === ends.length && axes.length === starts.length, 'starts, ends and axes differ in number');
  op.demand(
    steps.every((s) => s !== 0),
    'a step of 0',
  );
  const cuts = whole(shape);
  axes.forEach((axis, i) => {
    cuts[axis] = cutOf(starts[i]!, ends[i]!, steps[i]!, shape[axis]!);
  });
  op.out(cut(op, x, cuts));
}

/** Sizes of the parts: given, or as equal as they can be. */
function partSizes(op: Operator, size: number): readonly number[] {
  const given = op.list('split', 1);
  if (given) return given;
  const count = op.since(18) ? op.int('num_outputs', op.proto.output.length) : op.proto.output.length;
  const each = Math.ceil(size / count);
  return order(count).map((i) => Math.min(each, size - i * each));
}

function split(op: Operator): void {
  const x = op.in(0);
  const { shape } = x.tensor;
  const axis = op.axis(op.int('axis', 0), shape.length);
  const sizes = partSizes(op, shape[axis]!);
  const total = sizes.reduce((a, b) => a + b, 0);
  op.demand(total === shape[axis] && sizes.every((s) => s >= 0), `parts [${sizes}] of ${shape[axis]}`);
  let begin = 0;
  sizes.forEach((count, i) => {
    const cuts = whole(shape);
    cuts[axis] = { begin, stride: 1, count };
    begin += count;
    if (op.wants(i)) op.out(cut(op, x, cuts), i);
  });
}

/** Groups of channels into blocks of pixels, NCHW. */
function depthToSpace(op: Operator): void {
  const x = op.in(0);
  const [n, c, h, w] = x.tensor.shape as [number, number, number, number];
  const b = op.int('blocksize', 0);
  op.demand(x.tensor.shape.length === 4 && b >= 1 && c % (b * b) === 0, `blocks of ${b} in [${x.tensor.shape}]`);
  const depth = c / (b * b);
  const isColumnFirst = op.text('mode', 'DCR') === 'CRD';
  const parts = op.reshape(x, isColumnFirst ? [n, depth, b, b, h, w] : [n, b, b, depth, h, w]);
  const turned = op.transpose(parts, isColumnFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
  op.out(op.reshape(turned, [n, depth, h * b, w * b]));
}

function spaceToDepth(op: Operator): void {
  const x = op.in(0);
  const [n, c, h, w] = x.tensor.shape as [number, number, number, number];
  const b = op.int('blocksize', 0);
  op.demand(x.tensor.shape.length === 4 && b >= 1 && h % b === 0 && w % b === 0, `blocks of ${b}`);
  const turned = op.transpose(op.reshape(x, [n, c, h / b, b, w / b, b]), [0, 3, 5, 1, 2, 4]);
  op.out(op.reshape(turned, [n, c * b * b, h / b, w / b]));
}

const attributeKinds: readonly [string, types.ElementType, boolean][] = [
  ['value_float', types.float, false],
  ['value_int', types.int64, false],
  ['value_floats', types.float, true],
  ['value_ints', types.int64, true],
];

function constantOf(op: Operator): void {
  const name = op.proto.output[0] ?? 'constant';
  const given = op.attribute('value')?.t;
  const tensor = given ? readTensor(given, op.context.source, name) : op.tensor('sparse_value');
  if (tensor) {
    op.out(tensor);
    return;
  }
  const kind = attributeKinds.find(([attribute]) => op.attribute(attribute));
  if (!kind) throw op.problem('type-unsupported', 'holds no numbers');
  const [attribute, of, isList] = kind;
  const { f = 0, i = 0, floats, ints } = op.attribute(attribute)!;
  const values = isList ? (of === types.float ? floats : ints) : [of === types.float ? f : i];
  op.out(constant(name, of, isList ? [values.length] : [], values));
}

function constantOfShape(op: Operator): void {
  const shape = checkedShape(op.constant(0, 'shape'), op.from);
  const value = op.tensor('value');
  const of = value?.of ?? types.float;
  const data = new Float64Array(elements(shape)).fill(value?.exact?.[0] ?? 0);
  op.out(constant(op.proto.output[0] ?? 'constant', of, shape, data));
}

function range(op: Operator): void {
  const [start, limit, step] = [0, 1, 2].map((i) => op.constant(i, ['start', 'limit', 'delta'][i]!)[0]!);
  const count = Math.max(0, Math.ceil((limit! - start!) / step!));
  op.demand(Number.isFinite(count) && count < 2 ** 24, `a range of ${count} numbers`);
  const values = Float64Array.from({ length: count }, (_, i) => start! + i * step!);
  op.out(constant(op.proto.output[0] ?? 'range', op.in(0).of, [count], values));
}

function eyeLike(op: Operator): void {
  const { shape } = op.in(0).tensor;
  op.demand(shape.length === 2, `needs a matrix, not [${shape}]`);
  const [rows, columns] = shape as [number, number];
  const k = op.int('k', 0);
  const code = op.attribute('dtype');
  const of = (code && types.elementType(code.i)) || op.in(0).of;
  const values = Float64Array.from({ length: rows * columns }, (_, i) =>
    (i % columns) - Math.floor(i / columns) === k ? 1 : 0,
  );
  op.out(constant(op.proto.output[0] ?? 'eye', of, shape, values));
}

/** An element outside the band becomes 0. */
function trilu(op: Operator): void {
  const x = op.in(0);
  const [rows, columns] = x.tensor.shape.slice(-2) as [number, number];
  const k = op.has(1) ? op.constant(1, 'k')[0]! : 0;
  const isUpper = op.int('upper', 1) !== 0;
  const keep = Array.from({ length: rows * columns }, (_, i) => {
    const offset = (i % columns) - Math.floor(i / columns);
    return (isUpper ? offset >= k : offset <= k) ? 1 : 0;
  });
  const mask = constant(`${x.tensor.name}/mask`, types.bool, [rows, columns], keep);
  op.out(op.emit('select', {}, [mask, x, op.like(x, 0)], { of: x.of, quant: x.tensor.quant, shape: x.tensor.shape }));
}

function cast(op: Operator): void {
  const code = op.int('to', 0);
  const of = types.elementType(code);
  if (!of)
    throw op.problem('type-unsupported', `casts to ${types.typeName(code)}`, `supported: ${types.supportedTypes}`);
  op.out(converted(op, op.in(0), of));
}

/** Whole numbers that are cut to fewer bits than the graph has for them would not be cut. */
function converted(op: Operator, x: Value, of: types.ElementType): Value {
  if (x.of === of) return same(op, x);
  return op.cast(x, of);
}

const row = (inputs: readonly [number, number], build: OpRow['build']): OpRow => ({ inputs, build });

export const shapes: OpRows = {
  Cast: row([1, 1], cast),
  CastLike: row([2, 2], (op) => op.out(converted(op, op.in(0), op.in(1).of))),
  Concat: row([1, Number.POSITIVE_INFINITY], concat),
  Constant: row([0, 0], constantOf),
  ConstantOfShape: row([1, 1], constantOfShape),
  DepthToSpace: row([1, 1], depthToSpace),
  Expand: row([2, 2], expand),
  EyeLike: row([1, 1], eyeLike),
  Flatten: row([1, 1], flatten),
  Range: row([3, 3], range),
  Reshape: row([1, 2], reshape),
  Shape: row([1, 1], shapeOf),
  Size: row([1, 1], (op) => op.out(op.wholes('size', [elements(op.in(0).tensor.shape)], []))),
  Slice: row([1, 5], slice),
  SpaceToDepth: row([1, 1], spaceToDepth),
  Split: row([1, 2], split),
  Squeeze: row([1, 2], squeeze),
  Tile: row([2, 2], tile),
  Transpose: row([1, 1], transpose),
  Trilu: row([1, 2], trilu),
  Unsqueeze: row([1, 2], unsqueeze),
};
