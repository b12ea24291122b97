/** average_pool2d and max_pool2d. s8 works on stored values: input and output share their parameters. */
import { elements, type NodeOf, newData, type Tensor, type TensorData } from '../ir/graph.js';
import { clamp, roundHalfAway } from '../support/fixed.js';
import type { OpDef, Value } from './op.js';
import { activationRange, activationRangeF32, scaleOf, zeroPoint } from './quantised.js';
import { demand, demandActivation, demandActivations } from './validate.js';
import { checkedWindow, eachTap, type Window, windowOver } from './window.js';

type PoolKind = 'average_pool2d' | 'max_pool2d';

/** Reduces the image pixels under each window, one value per channel. */
type Reduce = (window: Window, x: Float64Array, channels: number) => Float64Array;

const outputs = (w: Window): number => w.batch * w.outHeight * w.outWidth;

const average: Reduce = (window, x, channels) => {
  const sums = new Float64Array(outputs(window) * channels);
  const counts = new Float64Array(outputs(window));
  eachTap(window, (out, input) => {
    counts[out]! += 1;
    for (let c = 0; c < channels; c++) sums[out * channels + c]! += x[input * channels + c]!;
  });
  return sums.map((sum, i) => sum / counts[Math.floor(i / channels)]!);
};

const maximum: Reduce = (window, x, channels) => {
  const most = new Float64Array(outputs(window) * channels).fill(-Infinity);
  eachTap(window, (out, input) => {
    for (let c = 0; c < channels; c++) {
      const at = out * channels + c;
      most[at] = Math.max(most[at]!, x[input * channels + c]!);
    }
  });
  return most;
};

function inferPool(node: NodeOf<PoolKind>, x: Tensor, y: Tensor) {
  const w = checkedWindow(node, x, node.attr.filter);
  demandActivation(node, node.attr.act);
  demandActivations(node, [x], y, ['s8', 's16', 'f32']);
  // TFLite Micro's own tolerance.
  const same = Math.abs(scaleOf(x) - scaleOf(y)) <= 1e-6 && zeroPoint(x) === zeroPoint(y);
  demand(node, same, 'op-quant', 'input and output differ in scale or zero point');
  return [w.batch, w.outHeight, w.outWidth, x.shape[3]!];
}

/** Quotients of sums below 2^31 are far enough from halves in double for rounding to be exact. */
function storePool(values: Float64Array, y: Tensor, act: NodeOf<PoolKind>['attr']['act']): TensorData {
  const float = y.type === 'f32';
  const [least, most] = float ? activationRangeF32(act) : activationRange(act, y);
  const out = newData(y.type, elements(y.shape));
  for (let i = 0; i < out.length; i++) out[i] = clamp(float ? values[i]! : roundHalfAway(values[i]!), least, most);
  return out;
}

const poolOp = <K extends PoolKind>(reduce: Reduce): OpDef<K> => ({
  inputs: [1, 1],
  infer: (node, inputs, [y]) => [inferPool(node, inputs[0]!, y!)],
  run(node, inputs, [y]) {
    const x = inputs[0] as Value;
    const values = reduce(windowOver(x.shape, node.attr.filter, node.attr), new Float64Array(x.data), x.shape[3]!);
    return [storePool(values, y!, node.attr.act)];
  },
  macs: () => 0,
});

/** Exact as TFLite Micro's AveragePool for s8: halves round away from zero. */
export const averagePool2d = poolOp<'average_pool2d'>(average);

/** Exact as TFLite Micro's MaxPool for s8. */
export const maxPool2d = poolOp<'max_pool2d'>(maximum);
