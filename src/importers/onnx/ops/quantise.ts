import type { Quant, Tensor } from '../../../ir/graph.js';
import type { Operator, OpRows } from '../operator.js';
import * as types from '../types.js';
import type { Value } from '../value.js';
import { binary, sum } from './binary.js';
import { unary } from './unary.js';

/** Numbers per slice of an axis beside a tensor of `rank` axes. */
const along = (op: Operator, v: Value, axis: number, rank: number): Value => {
  const { shape } = v.tensor;
  if (shape.length !== 1 || shape[0] === 1) return shape.length === 1 ? op.reshape(v, []) : v;
  return op.reshape(v, [shape[0]!, ...new Array<number>(rank - axis - 1).fill(1)]);
};

const axisFor = (op: Operator, x: Value): number => {
  const rank = x.tensor.shape.length;
  return rank < 2 ? 0 : op.axis(op.int('axis', 1), rank);
};

/** Scale and zero point where they are constant. A zero point that is left out is 0. */
function quantOf(x: Value, scale: Value, zero: Value | undefined, axis: number): Quant | undefined {
  if (!scale.exact || (zero && !zero.exact)) return undefined;
  const scales = Array.from(scale.exact, Math.fround);
  const zeros = zero ? Array.from(zero.exact!) : scales.map(() => 0);
  if (!scales.every((s) => s > 0 && Number.isFinite(s)) || zeros.length !== scales.length) return undefined;
  if (scales.length === 1) return { scale: scales, zero: zeros };
  return x.tensor.shape[axis] === scales.length ? { scale: scales, zero: zeros, axis } : undefined;
}

const limits = (of: types.ElementType): readonly [number, number] =>
  of.type === 's32' && of.name !== 'uint16' ? [-(2 ** 31), 2 ** 31 - 1] : of.range!;

/** round(x / scale) + zero, cut to the type: what needs no scale before the run. */
function computedQuantise(
  op: Operator,
  x: Value,
  scale: Value,
  zero: Value | undefined,
  of: types.ElementType,
  axis: number,
) {
  const rank = x.tensor.shape.length;
  const steps = unary(op, 'round', binary(op, 'div', x, along(op, scale, axis, rank)));
  const moved = zero ? sum(op, 'add', steps, op.cast(along(op, zero, axis, rank), types.float)) : steps;
  return op.cast(unary(op, 'clip', moved, ...limits(of)), of);
}

const hasKernel = (of: types.ElementType): boolean => of.type === 's8' || of.type === 'u8' || of.type === 's16';

/** Real numbers to stored ones. */
export function quantise(op: Operator, x: Value, scale: Value, zero: Value | undefined, axis = 1): Value {
  const of = zero?.of ?? types.uint8;
  const real = op.cast(x, types.float);
  const quant = quantOf(x, scale, zero, axis);
  if (!quant || quant.axis !== undefined || !hasKernel(of)) return computedQuantise(op, real, scale, zero, of, axis);
  return op.emit('quantize', {}, [real], { of, quant });
}

/** 8-bit values as signed ones: real = scale * (stored - zero) holds for both when both are moved by 128. */
export function asSigned(t: Tensor): Tensor {
  if (t.type !== 'u8' || !t.data || !t.quant) return t;
  const data = Int8Array.from(t.data as Uint8Array, (v) => v - 128);
  return { ...t, type: 's8', data, quant: { ...t.quant, zero: t.quant.zero.map((z) => z - 128) } };
}

function computedDequantise(op: Operator, x: Value, scale: Value, zero: Value | undefined, axis: number): Value {
  const rank = x.tensor.shape.length;
  const whole = op.cast(x, types.float);
  const centred = zero ? sum(op, 'sub', whole, op.cast(along(op, zero, axis, rank), types.float)) : whole;
  return sum(op, 'mul', centred, along(op, scale, axis, rank));
}

/** The stored values get their scale where the model's own inputs have none yet. */
function adopt(op: Operator, x: Value, quant: Quant): boolean {
  if (quant.axis !== undefined || !hasKernel(x.of) || x.of.type !== x.tensor.type) return false;
  if (!x.tensor.quant && op.context.builder.inputs.includes(x)) x.tensor = { ...x.tensor, quant };
  const own = x.tensor.quant;
  return own?.scale[0] === quant.scale[0] && own?.zero[0] === quant.zero[0] && own.axis === undefined;
}

/** Stored numbers to real ones. Of a constant both are kept: the quantised operator that reads it wants the stored ones. */
export function dequantise(op: Operator, x: Value, scale: Value, zero: Value | undefined, axis = 1): Value {
  const quant = quantOf(x, scale, zero, axis);
  if (quant && x.exact) {
    const real = computedDequantise(op, x, scale, zero, axis);
    const stored = asSigned({ ...x.tensor, quant });
    return stored.type === 's8' || stored.type === 's32' ? { ...real, stored } : real;
  }
  if (!quant || !adopt(op, x, quant)) return computedDequantise(op, x, scale, zero, axis);
  return op.emit('dequantize', {}, [x], { of: types.float, quant: undefined });
}

const optional = (op: Operator, i: number): Value | undefined => (op.has(i) ? op.in(i) : undefined);

function refuseBlocks(op: Operator): void {
  if (op.int('block_size', 0)) throw op.problem('op-unsupported', 'a scale per block is not supported');
}

function quantizeLinear(op: Operator): void {
  refuseBlocks(op);
  op.out(quantise(op, op.in(0), op.in(1), optional(op, 2), axisFor(op, op.in(0))));
}

function dequantizeLinear(op: Operator): void {
  refuseBlocks(op);
  op.out(dequantise(op, op.in(0), op.in(1), optional(op, 2), axisFor(op, op.in(0))));
}

/** Scale and zero point from the values themselves, zero included. Source: ONNX, operator DynamicQuantizeLinear. */
function dynamicQuantizeLinear(op: Operator): void {
  const x = op.in(0);
  const axes = x.tensor.shape.map((_, i) => i);
  const zero = op.like(x, 0);
  const edge = (fn: 'min' | 'max') =>
    binary(op, fn === 'min' ? 'minimum' : 'maximum', op.emit('reduce', { fn, axes, keepDims: false }, [x]), zero);
  const [low, high] = [edge('min'), edge('max')];
  const scale = binary(op, 'div', sum(op, 'sub', high, low), op.like(x, 255));
  const start = binary(op, 'div', sum(op, 'sub', zero, low), scale);
  const place = op.cast(unary(op, 'round', unary(op, 'clip', start, 0, 255)), types.uint8);
  op.out(computedQuantise(op, x, scale, place, types.uint8, 0));
  op.out(scale, 1);
  op.out(place, 2);
}

export const quantisations: OpRows = {
  QuantizeLinear: { inputs: [2, 3], build: quantizeLinear },
  DequantizeLinear: { inputs: [2, 3], build: dequantizeLinear },
  DynamicQuantizeLinear: { inputs: [1, 1], build: dynamicQuantizeLinear },
};
