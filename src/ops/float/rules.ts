/** Gradients of the ops that have no weights: of the inputs, given that of the output. */
import { elements, type Node, type OpKind } from '../../ir/graph.js';
import { offsets, reductionTargets, stridesOf } from '../broadcast.js';
import { resizeSteps } from '../resize-bilinear.js';
import { eachTap, windowOver } from '../window.js';
import { averagePoolGradient } from './average.js';
import type { BatchData } from './batch.js';
import { functionRules } from './rules-functions.js';
import { moveRules } from './rules-moves.js';
import { batchMatmul } from './rules-products.js';
import { gru, lstm } from './rules-recurrent.js';
import { transposeConv } from './rules-transpose-conv.js';
import { isConstant, operands, outShape, type Rule, type Slope, shapeOf } from './slope.js';

/** An operand of the output's own size takes the gradient as it is. */
function sum(s: Slope): (BatchData | undefined)[] {
  const isPlain = s.inputs.every((x, k) => !isConstant(s, k) && x.length === s.g.length);
  return isPlain ? [s.g, s.g] : operands(s, [() => 1, () => 1]);
}

function averagePool(s: Slope<'average_pool2d'>): BatchData[] {
  const shape = shapeOf(s, 0);
  return [averagePoolGradient(s.g, s.node.attr, [s.count * shape[0]!, ...shape.slice(1)], s.inputs[0]!.length)];
}

/** The first of the greatest values takes the gradient. */
function maxPool(s: Slope<'max_pool2d'>): BatchData[] {
  const shape = shapeOf(s, 0);
  const [channels, x] = [shape[3]!, s.inputs[0]!];
  const window = windowOver([s.count * shape[0]!, ...shape.slice(1)], s.node.attr.filter, s.node.attr);
  const from = new Int32Array(s.g.length).fill(-1);
  eachTap(window, (out, input) => {
    for (let c = 0; c < channels; c++) {
      const [at, i] = [out * channels + c, input * channels + c];
      if (from[at]! < 0 || x[i]! > x[from[at]!]!) from[at] = i;
    }
  });
  const dx = new Float32Array(x.length);
  from.forEach((i, at) => {
    dx[i]! += s.g[at]!;
  });
  return [dx];
}

function mean(s: Slope<'mean'>): (BatchData | undefined)[] {
  const from = reductionTargets(shapeOf(s, 0), s.node.attr.axes);
  const size = elements(outShape(s));
  const share = size / from.length;
  const each = from.length;
  return [s.inputs[0]!.map((_, i) => s.g[Math.floor(i / each) * size + from[i % each]!]! * share)];
}

function concatenation(s: Slope<'concatenation'>): (BatchData | undefined)[] {
  const { axis } = s.node.attr;
  const inner = elements(outShape(s).slice(axis + 1));
  const width = outShape(s)[axis]! * inner;
  let start = 0;
  return s.inputs.map((x, k) => {
    const own = shapeOf(s, k)[axis]! * inner;
    const first = start;
    start += own;
    return isConstant(s, k) ? undefined : x.map((_, i) => s.g[Math.floor(i / own) * width + first + (i % own)]!);
  });
}

/** Where every element of the input went. */
function moved(s: Slope, to: Int32Array, start = 0): BatchData[] {
  const size = elements(outShape(s));
  const each = to.length;
  return [s.inputs[0]!.map((_, i) => s.g[Math.floor(i / each) * size + start + to[i % each]!]!)];
}

function pad(s: Slope<'pad'>): BatchData[] {
  const strides = stridesOf(outShape(s));
  const start = strides.reduce((n, stride, axis) => n + stride * s.node.attr.before[axis]!, 0);
  return moved(s, offsets(shapeOf(s, 0), strides), start);
}

function transpose(s: Slope<'transpose'>): BatchData[] {
  const strides = stridesOf(outShape(s));
  return moved(
    s,
    offsets(
      shapeOf(s, 0),
      shapeOf(s, 0).map((_, axis) => strides[s.node.attr.perm.indexOf(axis)]!),
    ),
  );
}

function softmax(s: Slope<'softmax'>): BatchData[] {
  const depth = outShape(s).at(-1)!;
  const dx = new Float32Array(s.g.length);
  for (let row = 0; row < dx.length; row += depth) {
    let sum = 0;
    for (let i = row; i < row + depth; i++) sum += s.g[i]! * s.y[i]!;
    for (let i = row; i < row + depth; i++) dx[i] = s.node.attr.beta * s.y[i]! * (s.g[i]! - sum);
  }
  return [dx];
}

/** Every pixel of the result is a mean of four; each takes its share back. */
function resizeBilinear(s: Slope<'resize_bilinear'>): BatchData[] {
  const x = s.graph.tensors[s.node.in[0]!]!;
  const { rows, columns } = resizeSteps(s.node, x);
  const [, height, width, channels] = x.shape as [number, number, number, number];
  const dx = new Float32Array(s.inputs[0]!.length);
  const image = height * width * channels;
  let at = 0;
  for (let start = 0; start < dx.length; start += image)
    for (const r of rows)
      for (const q of columns) {
        const spread = (row: number, column: number, share: number) => {
          const to = start + (row * width + column) * channels;
          for (let c = 0; c < channels; c++) dx[to + c]! += s.g[at + c]! * share;
        };
        spread(r.low, q.low, (1 - r.at) * (1 - q.at));
        spread(r.high, q.low, r.at * (1 - q.at));
        spread(r.low, q.high, (1 - r.at) * q.at);
        spread(r.high, q.high, r.at * q.at);
        at += channels;
      }
  return [dx];
}

const rules: { readonly [K in OpKind]?: Rule<K> } = {
  add: sum,
  sub: (s) => operands(s, [() => 1, () => -1]),
  mul: (s) => operands(s, [(_, b) => b, (_, a) => a]),
  relu: ({ g }) => [g],
  reshape: ({ g }) => [g],
  average_pool2d: averagePool,
  max_pool2d: maxPool,
  mean,
  concatenation,
  pad,
  transpose,
  resize_bilinear: resizeBilinear,
  softmax,
  logistic: ({ y, g }) => [g.map((v, i) => v * y[i]! * (1 - y[i]!))],
  tanh: ({ y, g }) => [g.map((v, i) => v * (1 - y[i]! ** 2))],
  batch_matmul: batchMatmul,
  transpose_conv: transposeConv,
  lstm,
  gru,
  ...functionRules,
  ...moveRules,
};

/** Does a scatter combine what it writes with what is there? */
const combines = (node: Node): boolean =>
  (node.op === 'scatter_elements' || node.op === 'scatter_nd') && node.attr.fn !== 'none';

/** Does a cell begin with a state that is given? */
const isStateful = (node: Node): boolean => (node.op === 'lstm' || node.op === 'gru') && node.in.length > 4;

/** The rule of a node's op; undefined where there is none. */
export const ruleOf = (node: Node): Rule<OpKind> | undefined =>
  combines(node) || isStateful(node) ? undefined : (rules[node.op] as Rule<OpKind> | undefined);
