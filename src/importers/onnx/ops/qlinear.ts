import type { Operator, OpRow, OpRows } from '../operator.js';
import * as types from '../types.js';
import { constant, type Value } from '../value.js';
import { type Sum, sum } from './binary.js';
import { convolution, demandConstant } from './conv.js';
import { centred, gemm, matMul, mostExact, partOf, summedParts } from './dense.js';
import { average, globalAverage } from './pool.js';
import { dequantise, quantise } from './quantise.js';
import { overLast, softmax } from './reduce.js';
import { unary } from './unary.js';

/** Operators on stored values are what they stand for: real ones between DEQUANTIZE and QUANTIZE, joined again later. */
const real = (op: Operator, i: number, axis = 1): Value =>
  dequantise(op, op.in(i), op.in(i + 1), op.has(i + 2) ? op.in(i + 2) : undefined, axis);

const store = (op: Operator, y: Value, i: number): void =>
  op.out(quantise(op, y, op.in(i), op.has(i + 1) ? op.in(i + 1) : undefined));

/** A bias is stored in units of input scale times weight scale. */
function bias(op: Operator, i: number, x: number, w: number): Value | undefined {
  if (!op.has(i)) return undefined;
  const given = op.in(i);
  demandConstant(op, given, 'the bias');
  const [sx] = op.constant(x, 'the scale');
  const sw = op.constant(w, 'the scale');
  const scale = constant(
    `${given.tensor.name}/scale`,
    types.float,
    [sw.length],
    sw.map((s) => s * sx!),
  );
  return dequantise(op, given, scale, undefined, 0);
}

function qLinearConv(op: Operator): void {
  store(op, convolution(op, real(op, 0), real(op, 3, 0), bias(op, 8, 1, 4)), 6);
}

function convInteger(op: Operator): void {
  const [x, w] = [op.in(0), op.in(1)];
  const zeroW = op.has(3) ? op.in(3) : undefined;
  const isPerChannel = (zeroW?.tensor.shape[0] ?? 1) > 1;
  const placed =
    zeroW && isPerChannel
      ? op.reshape(zeroW, [zeroW.tensor.shape[0]!, ...w.tensor.shape.slice(1).map(() => 1)])
      : zeroW;
  const [image, weights] = [centred(op, x, op.has(2) ? op.in(2) : undefined), centred(op, w, placed)];
  const [, depth, ...kernel] = w.tensor.shape as [number, number, ...number[]];
  const size = Math.floor(mostExact / kernel.reduce((a, b) => a * b, 1));
  if (size < 1 || (depth > size && op.int('group', 1) > 1))
    throw op.problem('op-unsupported', 'windows of more than 256 products may not be exact', 'export a QDQ model');
  const isWhole = depth <= size;
  op.out(
    summedParts(op, depth, size, (begin, count) =>
      isWhole
        ? convolution(op, image, weights)
        : convolution(op, partOf(op, image, 1, begin, count), partOf(op, weights, 1, begin, count)),
    ),
  );
}

const qBinary = (kind: Sum): OpRow => ({
  inputs: [7, 8],
  build: (op) => store(op, sum(op, kind, real(op, 0), real(op, 3)), 6),
});

const qUnary = (make: (op: Operator, x: Value) => Value): OpRow => ({
  inputs: [4, 5],
  build: (op) => store(op, make(op, real(op, 0)), 3),
});

function qConcat(op: Operator): void {
  const parts = Array.from({ length: Math.floor((op.inputCount - 2) / 3) }, (_, i) => real(op, 2 + 3 * i));
  const axis = op.axis(op.int('axis', 1), parts[0]!.tensor.shape.length);
  store(op, op.emit('concatenation', { axis, act: 'none' }, parts), 0);
}

/** a, b, c as in GEMM; without a scale for the output it stays real. */
function qGemm(op: Operator): void {
  const y = gemm(op, real(op, 0), real(op, 3, op.int('transB', 0) ? 0 : 1), bias(op, 6, 1, 4));
  if (op.has(7)) store(op, y, 7);
  else op.out(y);
}

function refuseLast(op: Operator): void {
  if (op.int('channels_last', 0)) throw op.problem('op-unsupported', 'channels_last is not supported');
}

export const qLinears: OpRows = {
  ConvInteger: { inputs: [2, 4], build: convInteger },
  QLinearConv: { inputs: [8, 9], build: qLinearConv },
  QLinearMatMul: { inputs: [8, 8], build: (op) => store(op, matMul(op, real(op, 0), real(op, 3)), 6) },
  'com.microsoft.QGemm': { inputs: [6, 9], build: qGemm },
  'com.microsoft.QLinearAdd': qBinary('add'),
  'com.microsoft.QLinearMul': qBinary('mul'),
  'com.microsoft.QLinearConcat': { inputs: [5, Number.POSITIVE_INFINITY], build: qConcat },
  'com.microsoft.QLinearSigmoid': qUnary((op, x) => op.emit('logistic', {}, [x])),
  'com.microsoft.QLinearLeakyRelu': qUnary((op, x) => unary(op, 'leaky_relu', x, op.real('alpha', 0.01))),
  'com.microsoft.QLinearSoftmax': qUnary((op, x) =>
    overLast(op, x, op.axis(op.int('axis', -1), x.tensor.shape.length), (y) => softmax(op, y)),
  ),
  'com.microsoft.QLinearAveragePool': qUnary((op, x) => {
    refuseLast(op);
    return average(op, x);
  }),
  'com.microsoft.QLinearGlobalAveragePool': qUnary((op, x) => {
    refuseLast(op);
    return globalAverage(op, x);
  }),
};
