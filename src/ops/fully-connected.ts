import { elements } from '../ir/graph.js';
import { correlate } from './conv2d.js';
import type { OpDef, Value } from './op.js';
import { denseMultipliers } from './quantised.js';
import { demand, demandRank } from './validate.js';
import { addBias, biasRow, centred, checkOperands, store } from './weighted.js';
import { windowOver } from './window.js';

/** Exact as TFLite Micro's FullyConnected and FullyConnectedPerChannel for s8; f32 accumulates in double. */
export const fullyConnected: OpDef<'fully_connected'> = {
  inputs: [2, 3],
  infer(node, inputs, outputs) {
    const [x, w] = inputs as [Value, Value];
    const y = outputs[0]!;
    demandRank(node, 'the weights', w, 2);
    const [count, depth] = w.shape as [number, number];
    const rows = elements(x.shape) / depth;
    const fits = Number.isInteger(rows);
    demand(node, fits, 'op-shape', `input [${x.shape}] is not made of rows of ${depth} values`);
    const shaped = y.shape.at(-1) === count && elements(y.shape) === rows * count;
    demand(node, shaped, 'op-shape', `output [${y.shape}] should hold ${rows} rows of ${count} values`);
    checkOperands(node, inputs, y, 0);
    return [y.shape];
  },
  run(node, inputs, outputs) {
    const [x, w, bias] = inputs as [Value, Value, Value | undefined];
    const y = outputs[0]!;
    const [count, depth] = w.shape as [number, number];
    // A convolution of one pixel per row.
    const rows = windowOver([elements(x.shape) / depth, 1, 1], [1, 1], { stride: [1, 1], pad: [0, 0, 0, 0] });
    const sums = correlate(rows, centred(x), new Float64Array(w.data), count, 1);
    addBias(sums, bias, count, biasRow(undefined));
    return [store(sums, y, node.attr.act, () => denseMultipliers(x, w, y, count))];
  },
  macs: (_, [, w], [y]) => elements(y!.shape) * w!.shape[1]!,
};
