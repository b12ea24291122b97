import { elements, type NodeOf, newData, type Tensor } from '../ir/graph.js';
import { clamp, requantize, roundingDivideByPOT, saturatingRoundingDoublingHighMul } from '../support/fixed.js';
import { expOnNegativeValues, fixedReciprocal } from '../support/fixed-math.js';
import { softmax16 } from './curve16.js';
import type { OpDef, Value } from './op.js';
import { softmaxParams } from './quantised.js';
import { demand, demandActivations, demandOutputQuant } from './validate.js';

/** Writes the softmax of x[start, start + depth) to the same place in out. */
type Row = (x: ArrayLike<number>, out: { [i: number]: number }, start: number, depth: number) => void;

function greatest(x: ArrayLike<number>, start: number, depth: number): number {
  let most = -Infinity;
  for (let i = start; i < start + depth; i++) most = Math.max(most, x[i]!);
  return most;
}

/**
 * exp of every difference to the row's maximum, Q0, at index -difference (0..255); 0 where it does not count.
 * Differences of s8 values are few, so each exponential is computed once.
 */
export function softmaxExps(x: Tensor, beta: number): Int32Array {
  const { multiplier, shift, diffMin } = softmaxParams(x, beta);
  return Int32Array.from({ length: 256 }, (_, d) =>
    -d < diffMin ? 0 : expOnNegativeValues(requantize(-d, multiplier, shift), 5),
  );
}

/** Sums of exponentials have 12 integer bits; the output has `bits` bits of fraction, less its zero point. */
function storedRow(x: Tensor, beta: number, bits: 8 | 16 = 8): Row {
  const exps = softmaxExps(x, beta);
  return (data, out, start, depth) => {
    const most = greatest(data, start, depth);
    let sum = 0;
    for (let i = start; i < start + depth; i++) sum += roundingDivideByPOT(exps[most - data[i]!]!, 12);
    const { reciprocal, bitsOverUnit } = fixedReciprocal(sum, 12);
    for (let i = start; i < start + depth; i++) {
      const share = saturatingRoundingDoublingHighMul(reciprocal, exps[most - data[i]!]!);
      const half = 2 ** (bits - 1);
      out[i] = clamp(roundingDivideByPOT(share, bitsOverUnit + 31 - bits) - half, -half, half - 1);
    }
  };
}

const realRow =
  (beta: number): Row =>
  (data, out, start, depth) => {
    const most = greatest(data, start, depth);
    const exps = Float64Array.from({ length: depth }, (_, i) => Math.exp((data[start + i]! - most) * beta));
    const sum = exps.reduce((total, e) => total + e, 0);
    exps.forEach((e, i) => {
      out[start + i] = e / sum;
    });
  };

/** TFLite prescribes scale 1/65536 and takes what is near: converters write 1/65535. */
function demandWide(node: NodeOf<'softmax'>, y: Tensor): void {
  const near = Math.abs((y.quant?.scale[0] ?? 0) * 65536 - 1) <= 0.001;
  const text = `the output has scale ${y.quant?.scale[0]} and zero point ${y.quant?.zero[0]}; TFLite prescribes 1/65536 and -32768`;
  demand(node, near && y.quant?.zero[0] === -32768, 'op-quant', text);
}

/** Exact as TFLite Micro's Softmax s8 -> s8, s8 -> s16; f32 in double. Rows run along the last axis. */
export const softmax: OpDef<'softmax'> = {
  inputs: [1, 1],
  infer(node, inputs, [y]) {
    const x = inputs[0]!;
    const { beta } = node.attr;
    demand(node, Number.isFinite(beta) && beta > 0, 'op-attribute', `beta ${beta} is not a positive number`);
    demand(node, x.shape.length >= 1, 'op-shape', 'the input is a scalar');
    const isWider = x.type === 's8' && y!.type === 's16';
    demandActivations(node, [x], isWider ? x : y!, ['s8', 's16', 'f32']);
    if (isWider) demandWide(node, y!);
    else if (y!.type === 's16') demandOutputQuant(node, y!, 2 ** -15, 0);
    else demandOutputQuant(node, y!, 1 / 256, -128);
    const steep = x.type !== 's8' || beta * x.quant!.scale[0]! * 2 ** 26 > 1;
    demand(node, steep, 'op-quant', `the input scale ${x.quant?.scale[0]} is too small`);
    return [x.shape];
  },
  run(node, inputs, [y]) {
    const x = inputs[0] as Value;
    const out = newData(y!.type, elements(y!.shape));
    const rows = { f32: realRow, s16: () => softmax16(x, node.attr.beta) } as const;
    const row =
      x.type === 's8'
        ? storedRow(x, node.attr.beta, y!.type === 's16' ? 16 : 8)
        : rows[y!.type as 'f32' | 's16'](node.attr.beta);
    const depth = x.shape.at(-1)!;
    for (let start = 0; start < out.length; start += depth) row(x.data, out, start, depth);
    return [out];
  },
  macs: () => 0,
};
