import type { NodeOf, Tensor, TensorData } from '../../ir/graph.js';
import { clamp, requantize } from '../../support/fixed.js';
import { logistic16, tanh16, tanhScale } from '../../support/sigmoid16.js';
import type { OpDef, Value } from '../op.js';
import { zeroPoint } from '../quantised.js';
import { demand, demandPerTensor, demandType } from '../validate.js';
import { demandFloat, demandGates, gateOf, inferCell, overSteps, product, realState, s16, sizesOf } from './cells.js';
import { gruParams } from './params.js';

type Gru = NodeOf<'gru'>;

function checkStored(node: Gru, inputs: readonly Tensor[], y: Tensor): void {
  const [x, w, r, b, h] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor | undefined];
  for (const t of [x, w, r, y]) demandType(node, 'an operand', t, ['s8']);
  demandType(node, 'the bias', b, ['s32']);
  demandPerTensor(node, 'the input', x);
  demandPerTensor(node, 'the output', y);
  demandGates(node, [w, r], 3);
  demand(node, node.attr.hardSlope === 0, 'op-attribute', 'int8 gates are logistic');
  if (!h) return;
  demandType(node, 'the state', h, ['s16']);
  const isUnit = h.quant?.scale.length === 1 && h.quant.scale[0] === 2 ** -15 && zeroPoint(h) === 0;
  demand(node, isUnit, 'op-quant', 'its state needs the scale 2^-15 and no zero point');
}

function runFloat(node: Gru, inputs: readonly Value[], y: Tensor): TensorData[] {
  const [x, w, r, b, state] = inputs as [Value, Value, Value, Value, Value | undefined];
  const s = sizesOf(inputs);
  const { units: H, inputs: I } = s;
  const h = realState(state, s.batch * H);
  const gate = gateOf(node.attr.hardSlope);
  const [z, reset, fresh] = [new Float64Array(H), new Float64Array(H), new Float64Array(H)];
  const ofInput = (g: number, u: number, row: number): number =>
    product(w.data, (g * H + u) * I, x.data, row, I) + b.data[g * H + u]!;
  const ofState = (g: number, u: number, v: Float64Array, from: number): number =>
    product(r.data, (g * H + u) * H, v, from, H) + b.data[(3 + g) * H + u]!;
  const out = overSteps(node, s, y, h, (n, row) => {
    const from = n * H;
    for (let u = 0; u < H; u++) {
      z[u] = gate(ofInput(0, u, row) + ofState(0, u, h, from));
      reset[u] = gate(ofInput(1, u, row) + ofState(1, u, h, from));
    }
    const masked = reset.map((v, u) => v * h[from + u]!);
    for (let u = 0; u < H; u++) {
      const past = node.attr.resetAfter ? reset[u]! * ofState(2, u, h, from) : ofState(2, u, masked, 0);
      fresh[u] = Math.tanh(ofInput(2, u, row) + past);
    }
    for (let u = 0; u < H; u++) h[from + u] = z[u]! * h[from + u]! + (1 - z[u]!) * fresh[u]!;
  });
  return state ? [out, Float32Array.from(h)] : [out];
}

/** a * b of Q0.15 and anything, halves rounded up. */
const times = (a: number, b: number): number => (a * b + 2 ** 14) >> 15;

/**
 * Exact integers: gates in Q3.12 of 16 bits, as the LSTM has them; the state in Q0.15 of 16 bits, so that small steps of slow
 * units are not lost; products with weights see it as the output does, in 8 bits.
 */
function runStored(node: Gru, inputs: readonly Value[], y: Tensor): TensorData[] {
  const [x, w, r, b, h0] = inputs as [Value, Value, Value, Value, Value | undefined];
  const s = sizesOf(inputs);
  const { units: H, inputs: I } = s;
  const p = gruParams(x, w, r, y);
  const [zeroX, zeroY] = [zeroPoint(x), zeroPoint(y)];
  const xs = Float64Array.from(x.data, (v) => v - zeroX);
  const h = h0 ? Int16Array.from(h0.data) : new Int16Array(s.batch * H);
  /** a state in 8 bits, less the zero point */
  const narrow = (v: number): number =>
    clamp(requantize(v, p.output.multiplier, p.output.shift) + zeroY, -128, 127) - zeroY;
  const shown = Float64Array.from(h, narrow);
  const out8 = Int8Array.from(shown, (v) => v + zeroY);
  const scale = tanhScale(-12);
  const ofInput = (g: number, u: number, row: number): number => {
    const sum = product(w.data, (g * H + u) * I, xs, row, I) + b.data[g * H + u]!;
    return s16(requantize(sum | 0, p.input[g]!.multiplier, p.input[g]!.shift));
  };
  const ofState = (g: number, u: number, v: Float64Array, from: number): number => {
    const sum = product(r.data, (g * H + u) * H, v, from, H) + b.data[(3 + g) * H + u]!;
    return s16(requantize(sum | 0, p.state[g]!.multiplier, p.state[g]!.shift));
  };
  const gate = (g: number, u: number, row: number, from: number): number =>
    logistic16(s16(ofInput(g, u, row) + ofState(g, u, shown, from)));
  const [z, reset, fresh] = [new Int32Array(H), new Int32Array(H), new Int32Array(H)];
  const out = overSteps(node, s, y, out8, (n, row) => {
    const from = n * H;
    for (let u = 0; u < H; u++) {
      z[u] = gate(0, u, row, from);
      reset[u] = gate(1, u, row, from);
    }
    const masked = Float64Array.from(reset, (v, u) => narrow(times(v, h[from + u]!)));
    for (let u = 0; u < H; u++) {
      const past = node.attr.resetAfter ? times(reset[u]!, ofState(2, u, shown, from)) : ofState(2, u, masked, 0);
      fresh[u] = tanh16(s16(ofInput(2, u, row) + past), scale);
    }
    for (let u = 0; u < H; u++) {
      const at = from + u;
      h[at] = (z[u]! * h[at]! + (32768 - z[u]!) * fresh[u]! + 2 ** 14) >> 15;
      shown[at] = narrow(h[at]!);
      out8[at] = shown[at]! + zeroY;
    }
  });
  return h0 ? [out, h] : [out];
}

/** One step after another: h = z * h + (1 - z) * new. Source: Cho et al. 2014; with resetAfter as cuDNN has it. */
export const gru: OpDef<'gru'> = {
  inputs: [4, 5],
  outputs: [1, 2],
  infer(node, inputs, outputs) {
    if (inputs[0]!.type === 'f32') demandFloat(node, inputs, outputs[0]!);
    else checkStored(node, inputs, outputs[0]!);
    return inferCell(node, inputs, 3, 6, 1);
  },
  run: (node, inputs, outputs) =>
    inputs[0]!.type === 'f32' ? runFloat(node, inputs, outputs[0]!) : runStored(node, inputs, outputs[0]!),
  macs: (_, [x, w, r]) =>
    x!.shape[0]! * x!.shape[1]! * (w!.data?.length ?? 0) + x!.shape[0]! * x!.shape[1]! * (r!.data?.length ?? 0),
};
