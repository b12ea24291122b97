import { elements } from '../ir/graph.js';
import type { OpDef, Value } from './op.js';
import { convMultipliers } from './quantised.js';
import { demand, demandRank } from './validate.js';
import { addBias, biasRow, borderClasses, centred, checkOperands, store } from './weighted.js';
import { checkedWindow, eachTap, type Window, windowOver } from './window.js';

/** Sum of `count` products; four partial sums, as one alone waits for every addition. */
function dot(x: Float64Array, i: number, w: Float64Array, j: number, count: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let left = count;
  for (; left >= 4; left -= 4, i += 4, j += 4) {
    a += x[i]! * w[j]!;
    b += x[i + 1]! * w[j + 1]!;
    c += x[i + 2]! * w[j + 2]!;
    d += x[i + 3]! * w[j + 3]!;
  }
  for (; left > 0; left--) a += x[i++]! * w[j++]!;
  return a + b + (c + d);
}

/**
 * Sums of products of a grouped convolution, [pixels, outputs].
 * @param x [pixels, inputs] and w [outputs, taps, inputs / groups], both without zero point
 */
export function correlate(
  window: Window,
  x: Float64Array,
  w: Float64Array,
  outputs: number,
  groups: number,
): Float64Array {
  const taps = window.kernel[0] * window.kernel[1];
  const depth = w.length / (outputs * taps);
  const perGroup = outputs / groups;
  const sums = new Float64Array(window.batch * window.outHeight * window.outWidth * outputs);
  eachTap(window, (out, input, tap) => {
    for (let o = 0; o < outputs; o++) {
      const from = input * depth * groups + (groups === 1 ? 0 : Math.floor(o / perGroup) * depth);
      const at = (o * taps + tap) * depth;
      sums[out * outputs + o]! += dot(x, from, w, at, depth);
    }
  });
  return sums;
}

/** Exact as TFLite Micro's ConvPerChannel for s8; f32 accumulates in double. */
export const conv2d: OpDef<'conv2d'> = {
  inputs: [2, 3],
  infer(node, inputs, outputs) {
    const [x, w] = inputs as [Value, Value];
    demandRank(node, 'the weights', w, 4);
    const [count, height, width, depth] = w.shape as [number, number, number, number];
    const window = checkedWindow(node, x, [height, width]);
    const { groups, border } = node.attr;
    const grouped = Number.isInteger(groups) && groups >= 1 && count % groups === 0 && depth * groups === x.shape[3];
    const message = `weights [${w.shape}] in ${groups} groups do not fit input [${x.shape}]`;
    demand(node, grouped, 'op-shape', message);
    checkOperands(node, inputs, outputs[0]!, 0, border && borderClasses(node, border, window));
    return [[window.batch, window.outHeight, window.outWidth, count]];
  },
  run(node, inputs, outputs) {
    const [x, w, bias] = inputs as [Value, Value, Value | undefined];
    const y = outputs[0]!;
    const [count, height, width] = w.shape as [number, number, number];
    const window = windowOver(x.shape, [height, width], node.attr);
    const sums = correlate(window, centred(x), new Float64Array(w.data), count, node.attr.groups);
    addBias(sums, bias, count, biasRow(node.attr.border));
    return [store(sums, y, node.attr.act, () => convMultipliers(x, w, y, count), node.attr.accumulator === 's32')];
  },
  macs: (_, [, w], [y]) => (elements(y!.shape) * elements(w!.shape)) / w!.shape[0]!,
};
