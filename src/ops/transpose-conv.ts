import { elements, type NodeOf, type Tensor } from '../ir/graph.js';
import type { OpDef, Value } from './op.js';
import { convMultipliers } from './quantised.js';
import { demand, demandPair, demandRank } from './validate.js';
import { addBias, biasRow, centred, checkOperands, store } from './weighted.js';

type Attr = NodeOf<'transpose_conv'>['attr'];

/** Adds an input pixel's share to every output pixel under its window. */
function spread(x: Value, w: Value, y: Tensor, { stride, dilation, pad, groups }: Attr): Float64Array {
  const [data, weights] = [centred(x), new Float64Array(w.data)];
  const [batch, height, width, depth] = x.shape as [number, number, number, number];
  const [count, kernelHeight, kernelWidth, perGroup] = w.shape as [number, number, number, number];
  const [, outHeight, outWidth] = y.shape as [number, number, number, number];
  const sums = new Float64Array(elements(y.shape));
  const outputs = count / groups;
  const visit = (pixel: number, image: number, row: number, column: number, tap: number) => {
    if (row < 0 || row >= outHeight || column < 0 || column >= outWidth) return;
    const to = ((image * outHeight + row) * outWidth + column) * count;
    for (let o = 0; o < count; o++) {
      const from = pixel * depth + Math.floor(o / outputs) * perGroup;
      const at = (o * kernelHeight * kernelWidth + tap) * perGroup;
      let sum = 0;
      for (let c = 0; c < perGroup; c++) sum += data[from + c]! * weights[at + c]!;
      sums[to + o]! += sum;
    }
  };
  for (let pixel = 0; pixel < batch * height * width; pixel++) {
    const line = Math.floor(pixel / width);
    const top = (line % height) * stride[0] - pad[0];
    const left = (pixel % width) * stride[1] - pad[2];
    for (let tap = 0; tap < kernelHeight * kernelWidth; tap++) {
      const row = top + Math.floor(tap / kernelWidth) * dilation[0];
      visit(pixel, Math.floor(line / height), row, left + (tap % kernelWidth) * dilation[1], tap);
    }
  }
  return sums;
}

/** Exact as TFLite Micro's TransposeConv for s8; f32 accumulates in double. */
export const transposeConv: OpDef<'transpose_conv'> = {
  inputs: [2, 3],
  infer(node, inputs, [y]) {
    const [x, w] = inputs as [Tensor, Tensor];
    const { stride, dilation, pad, groups } = node.attr;
    demandRank(node, 'the input', x, 4);
    demandRank(node, 'the weights', w, 4);
    demandRank(node, 'the output', y!, 4);
    demandPair(node, 'stride', stride);
    demandPair(node, 'dilation', dilation);
    demand(node, pad.length === 4 && pad.every(Number.isInteger), 'op-attribute', `padding [${pad}]`);
    const [count, , , depth] = w.shape as [number, number, number, number];
    const grouped = groups >= 1 && count % groups === 0 && depth * groups === x.shape[3];
    demand(node, grouped, 'op-shape', `weights [${w.shape}] in ${groups} groups do not fit input [${x.shape}]`);
    checkOperands(node, inputs, y!, 0);
    return [[x.shape[0]!, y!.shape[1]!, y!.shape[2]!, count]];
  },
  run(node, inputs, [y]) {
    const [x, w, bias] = inputs as [Value, Value, Value | undefined];
    const sums = spread(x, w, y!, node.attr);
    const count = w.shape[0]!;
    addBias(sums, bias, count, biasRow(undefined));
    return [store(sums, y!, node.attr.act, () => convMultipliers(x, w, y!, count))];
  },
  macs: (_, [x, w]) => elements(x!.shape.slice(0, 3)) * elements(w!.shape),
};
