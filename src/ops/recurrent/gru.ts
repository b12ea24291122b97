import type { OpDef, Value } from '../op.js';
import { demandFloat, gateOf, inferCell, overSteps, product, realState, sizesOf } from './cells.js';

/** f32, in double. Source: Cho et al. 2014; with resetAfter as cuDNN has it. */
export const gru: OpDef<'gru'> = {
  inputs: [4, 5],
  outputs: [1, 2],
  infer(node, inputs, outputs) {
    demandFloat(node, inputs, outputs[0]!);
    return inferCell(node, inputs, 3, 6, 1);
  },
  run(node, inputs, outputs) {
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
    const y = overSteps(node, s, outputs[0]!, h, (n, row) => {
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
    return state ? [y, Float32Array.from(h)] : [y];
  },
  macs: (_, [x, w, r]) =>
    x!.shape[0]! * x!.shape[1]! * (w!.data?.length ?? 0) + x!.shape[0]! * x!.shape[1]! * (r!.data?.length ?? 0),
};
