import type { NodeOf, Tensor, TensorData } from '../../ir/graph.js';
import { clamp, requantize } from '../../support/fixed.js';
import { logistic16, tanh16, tanhScale } from '../../support/sigmoid16.js';
import type { OpDef, Value } from '../op.js';
import { zeroPoint } from '../quantised.js';
import { demand, demandPerTensor, demandType } from '../validate.js';
import { demandFloat, demandGates, gateOf, inferCell, overSteps, product, realState, s16, sizesOf } from './cells.js';
import { lstmParams } from './params.js';

type Lstm = NodeOf<'lstm'>;

function checkStored(node: Lstm, inputs: readonly Tensor[], y: Tensor): void {
  const [x, w, r, b, h, c] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor | undefined, Tensor | undefined];
  for (const t of [x, w, r, y, ...(h ? [h] : [])]) demandType(node, 'an operand', t, ['s8']);
  demandType(node, 'the bias', b, ['s32']);
  demandPerTensor(node, 'the input', x);
  demandPerTensor(node, 'the output', y);
  demandGates(node, [w, r], 4);
  const { cellPower, hardSlope } = node.attr;
  demand(
    node,
    Number.isInteger(cellPower) && cellPower >= -15 && cellPower <= -9,
    'op-quant',
    `its cell state has scale 2^${cellPower}; supported: 2^-15 to 2^-9`,
  );
  demand(node, hardSlope === 0, 'op-attribute', 'int8 gates are logistic');
  if (h)
    demand(
      node,
      h.quant?.scale[0] === y.quant?.scale[0] && zeroPoint(h) === zeroPoint(y),
      'op-quant',
      'its state has other parameters than its output',
    );
  if (c) demandType(node, 'the cell state', c, ['s16']);
}

/**
 * f32, in double.
 * @param note is told of every cell state
 */
export function lstmFloat(node: Lstm, inputs: readonly Value[], y: Tensor, note?: (c: number) => void): TensorData[] {
  const [x, w, r, b, h0, c0] = inputs as [Value, Value, Value, Value, Value | undefined, Value | undefined];
  const s = sizesOf(inputs);
  const { units: H, inputs: I } = s;
  const [h, c] = [realState(h0, s.batch * H), realState(c0, s.batch * H)];
  const gate = gateOf(node.attr.hardSlope);
  const sums = new Float64Array(4 * H);
  const limit = node.attr.cellClip || Infinity;
  const out = overSteps(node, s, y, h, (n, row) => {
    for (let i = 0; i < 4 * H; i++)
      sums[i] = product(w.data, i * I, x.data, row, I) + product(r.data, i * H, h, n * H, H) + b.data[i]!;
    for (let u = 0; u < H; u++) {
      const at = n * H + u;
      const kept = gate(sums[H + u]!) * c[at]! + gate(sums[u]!) * Math.tanh(sums[2 * H + u]!);
      c[at] = clamp(kept, -limit, limit);
      note?.(c[at]!);
      h[at] = gate(sums[3 * H + u]!) * Math.tanh(c[at]!);
    }
  });
  return h0 ? [out, Float32Array.from(h), Float32Array.from(c)] : [out];
}

/** Exact as TensorFlow Lite Micro's LSTM of int8 with a 16-bit cell state. */
function runStored(node: Lstm, inputs: readonly Value[], y: Tensor): TensorData[] {
  const [x, w, r, b, h0, c0] = inputs as [Value, Value, Value, Value, Value | undefined, Value | undefined];
  const s = sizesOf(inputs);
  const { units: H, inputs: I } = s;
  const p = lstmParams(node, x, w, r, y);
  const zeroX = zeroPoint(x);
  const zeroH = zeroPoint(y);
  const xs = Float64Array.from(x.data, (v) => v - zeroX);
  const h = h0 ? Int8Array.from(h0.data) : new Int8Array(s.batch * H).fill(zeroH);
  const c = c0 ? Int16Array.from(c0.data) : new Int16Array(s.batch * H);
  const scale = tanhScale(node.attr.cellPower);
  const gateScale = tanhScale(-12);
  const limit = node.attr.cellClip || 32767;
  const sums = new Int32Array(4 * H);
  const past = new Float64Array(H);
  const out = overSteps(node, s, y, h, (n, row) => {
    for (let u = 0; u < H; u++) past[u] = h[n * H + u]! - zeroH;
    for (let i = 0; i < 4 * H; i++) {
      const g = Math.floor(i / H);
      const fromInput = product(w.data, i * I, xs, row, I) + b.data[i]!;
      const fromState = product(r.data, i * H, past, 0, H);
      const a = s16(requantize(fromInput | 0, p.input[g]!.multiplier, p.input[g]!.shift));
      sums[i] = s16(a + s16(requantize(fromState | 0, p.state[g]!.multiplier, p.state[g]!.shift)));
    }
    for (let u = 0; u < H; u++) {
      const at = n * H + u;
      const [i, f, o] = [logistic16(sums[u]!), logistic16(sums[H + u]!), logistic16(sums[3 * H + u]!)];
      const g = tanh16(sums[2 * H + u]!, gateScale);
      const kept = s16(requantize(f * c[at]!, p.forget.multiplier, p.forget.shift));
      const fresh = s16(requantize(i * g, p.fresh.multiplier, p.fresh.shift));
      c[at] = clamp(s16(kept + fresh), -limit, limit);
      const shown = requantize(o * tanh16(c[at]!, scale), p.output.multiplier, p.output.shift);
      h[at] = clamp(shown + zeroH, -128, 127);
    }
  });
  return h0 ? [out, h, c] : [out];
}

/** One step after another: c = f * c + i * g, h = o * tanh(c). */
export const lstm: OpDef<'lstm'> = {
  inputs: [4, 6],
  outputs: [1, 3],
  infer(node, inputs, outputs) {
    if (inputs[0]!.type === 'f32') demandFloat(node, inputs, outputs[0]!);
    else checkStored(node, inputs, outputs[0]!);
    return inferCell(node, inputs, 4, 4, 2);
  },
  run: (node, inputs, outputs) =>
    inputs[0]!.type === 'f32' ? lstmFloat(node, inputs, outputs[0]!) : runStored(node, inputs, outputs[0]!),
  macs: (_, [x, w, r]) => x!.shape[0]! * x!.shape[1]! * ((w!.data?.length ?? 0) + (r!.data?.length ?? 0)),
};
