import { elements } from '../ir/graph.js';
import type { OpDef, Value } from './op.js';
import { convMultipliers } from './quantised.js';
import { demand, demandRank } from './validate.js';
import { addBias, biasRow, borderClasses, centred, checkOperands, store } from './weighted.js';
import { checkedWindow, eachTap, type Window, windowOver } from './window.js';

/** Sums of products, [pixels, outputs]; x [pixels, outputs / multiplier] and w [taps, outputs] without zero point. */
function correlate(
  window: Window,
  x: Float64Array,
  w: Float64Array,
  outputs: number,
  multiplier: number,
): Float64Array {
  const inputs = outputs / multiplier;
  const sums = new Float64Array(window.batch * window.outHeight * window.outWidth * outputs);
  eachTap(window, (out, input, tap) => {
    let to = out * outputs;
    let at = tap * outputs;
    for (let c = 0; c < inputs; c++) {
      const value = x[input * inputs + c]!;
      for (let m = 0; m < multiplier; m++) sums[to++]! += value * w[at++]!;
    }
  });
  return sums;
}

/** Exact as TFLite Micro's DepthwiseConvPerChannel for s8; f32 accumulates in double. */
export const depthwiseConv2d: OpDef<'depthwise_conv2d'> = {
  inputs: [2, 3],
  infer(node, inputs, outputs) {
    const [x, w] = inputs as [Value, Value];
    demandRank(node, 'the weights', w, 4);
    const [one, height, width, count] = w.shape as [number, number, number, number];
    const window = checkedWindow(node, x, [height, width]);
    const { multiplier, border } = node.attr;
    const fits = one === 1 && Number.isInteger(multiplier) && multiplier >= 1 && x.shape[3]! * multiplier === count;
    const message = `weights [${w.shape}] with multiplier ${multiplier} do not fit input [${x.shape}]`;
    demand(node, fits, 'op-shape', message);
    checkOperands(node, inputs, outputs[0]!, 3, border && borderClasses(node, border, window));
    return [[window.batch, window.outHeight, window.outWidth, count]];
  },
  run(node, inputs, outputs) {
    const [x, w, bias] = inputs as [Value, Value, Value | undefined];
    const y = outputs[0]!;
    const [, height, width, count] = w.shape as [number, number, number, number];
    const window = windowOver(x.shape, [height, width], node.attr);
    const sums = correlate(window, centred(x), new Float64Array(w.data), count, node.attr.multiplier);
    addBias(sums, bias, count, biasRow(node.attr.border));
    return [store(sums, y, node.attr.act, () => convMultipliers(x, w, y, count))];
  },
  macs: (_, [, w], [y]) => elements(y!.shape) * w!.shape[1]! * w!.shape[2]!,
};
