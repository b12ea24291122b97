import type { NodeOf, Tensor, TensorId } from '../../ir/graph.js';
import type { Draft } from './draft.js';

export type Weighted =
  | NodeOf<'conv2d'>
  | NodeOf<'depthwise_conv2d'>
  | NodeOf<'fully_connected'>
  | NodeOf<'transpose_conv'>;

const most = 2 ** 31 - 1;

/** Stored in units of input scale times weight scale, as they are if they are that already. */
function storedBias(bias: Tensor, stored: Tensor | undefined, scales: readonly number[]): Int32Array {
  const own = stored?.type === 's32' ? stored : undefined;
  const of = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : i]!;
  const fits = own?.quant?.zero.every((z) => z === 0);
  return Int32Array.from({ length: bias.shape[0]! }, (_, i) => {
    const unit = of(scales, i);
    if (fits && Math.abs(of(own!.quant!.scale, i) / unit - 1) < 1e-5) return own!.data![i]!;
    const real = bias.data ? bias.data[i]! : (own!.data![i]! - of(own!.quant!.zero, i)) * of(own!.quant!.scale, i);
    return Math.max(-most, Math.min(most, Math.round(real / unit)));
  });
}

/**
 * Weights and bias of a layer on stored inputs `x`; undefined where they are not stored as TFLite's are: signed, zero
 * point 0.
 */
export function storedOperands(draft: Draft, node: Weighted, x: Tensor): TensorId[] | undefined {
  const [, weights, bias] = node.in as [TensorId, TensorId, TensorId?];
  const twin = draft.twin(weights);
  const stored = twin === undefined ? undefined : draft.tensor(twin);
  if (stored?.type !== 's8' || !stored.data || !stored.quant?.zero.every((z) => z === 0)) return undefined;
  if (bias === undefined) return [twin!];
  const scales = stored.quant.scale.map((s) => s * x.quant!.scale[0]!);
  const of = draft.twin(bias);
  const real = draft.tensor(bias);
  if (!real.data && of === undefined) return undefined;
  const data = storedBias(real, of === undefined ? undefined : draft.tensor(of), scales);
  const zero = scales.map(() => 0);
  const quant = { scale: scales, zero, ...(scales.length > 1 && { axis: 0 }) };
  return [twin!, draft.add({ name: real.name, shape: real.shape, type: 's32', data, quant })];
}
