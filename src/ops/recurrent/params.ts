/** Integer parameters that reference and kernels share. */
import type { NodeOf, Tensor } from '../../ir/graph.js';
import { type Multiplier, quantizeMultiplier } from '../../support/fixed.js';
import { scaleOf } from '../quantised.js';

const f32 = Math.fround;

/** All gates are stored in Q3.12. */
const gateScale = 2 ** -12;
/** What logistic and tanh give is in Q0.15. */
const unitScale = 2 ** -15;

export interface LstmParams {
  /** sum of products of the input, of each gate -> Q3.12 */
  readonly input: readonly Multiplier[];
  readonly state: readonly Multiplier[];
  /** forget gate * cell state -> cell state */
  readonly forget: Multiplier;
  /** input gate * new value -> cell state */
  readonly fresh: Multiplier;
  /** output gate * tanh of the cell state -> output */
  readonly output: Multiplier;
}

/** Sums of products -> Q3.12, for each gate. */
const toGates = (weights: Tensor, from: number): Multiplier[] =>
  weights.quant!.scale.map((s) => quantizeMultiplier(f32(f32(from) * f32(s)) / gateScale));

/** Source: TensorFlow Lite Micro, lstm_eval: products of scales are float32, quotients double. */
export function lstmParams(node: NodeOf<'lstm'>, x: Tensor, w: Tensor, r: Tensor, y: Tensor): LstmParams {
  const cell = 2 ** node.attr.cellPower;
  return {
    input: toGates(w, scaleOf(x)),
    state: toGates(r, scaleOf(y)),
    forget: quantizeMultiplier((unitScale * cell) / cell),
    fresh: quantizeMultiplier((unitScale * unitScale) / cell),
    output: quantizeMultiplier((unitScale * unitScale) / scaleOf(y)),
  };
}

export interface GruParams {
  /** sum of products of the input, of each gate -> Q3.12 */
  readonly input: readonly Multiplier[];
  readonly state: readonly Multiplier[];
  /** state in Q0.15 -> output */
  readonly output: Multiplier;
}

export const gruParams = (x: Tensor, w: Tensor, r: Tensor, y: Tensor): GruParams => ({
  input: toGates(w, scaleOf(x)),
  state: toGates(r, scaleOf(y)),
  output: quantizeMultiplier(unitScale / scaleOf(y)),
});

export interface SvdfParams {
  /** features of the input -> state */
  readonly feature: Multiplier;
  /** sums over time -> output */
  readonly output: Multiplier;
}

/** Source: TensorFlow Lite Micro, svdf_common: all in float32. */
export function svdfParams(x: Tensor, feature: Tensor, time: Tensor, state: Tensor, y: Tensor): SvdfParams {
  const ratio = (a: Tensor, b: Tensor, c: Tensor): number =>
    f32(f32(f32(scaleOf(a)) * f32(scaleOf(b))) / f32(scaleOf(c)));
  return {
    feature: quantizeMultiplier(ratio(x, feature, state)),
    output: quantizeMultiplier(ratio(state, time, y)),
  };
}
