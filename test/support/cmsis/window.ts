/** Convolutions and poolings. */
import type { Padding, Pair, TensorData, TensorId } from '../../../src/ir/graph.js';
import { f32, type Net, net, perAxis, type Spec, s8, s16 } from '../net.js';
import { type CaseData, type CmsisCase, NotCovered } from './file.js';
import { activationF32, channelScales, clampS8, inputZero } from './scales.js';

/** Height and width come as _H/_W or _Y/_X. */
const pair = (c: CaseData, name: string, otherwise?: number): Pair => {
  const of = (...names: string[]) => (otherwise === undefined ? c.number(...names) : c.numberOr(otherwise, ...names));
  return [of(`${name}_H`, `${name}_Y`), of(`${name}_W`, `${name}_X`)];
};

/** The files give the padding before; what follows on the other side is what the output size asks for. */
function padding(c: CaseData, input: Pair, output: Pair, kernel: Pair, stride: Pair, dilation: Pair): Padding {
  const before: Pair = [c.numberOr(0, 'PAD_Y', 'PADDING_H'), c.numberOr(0, 'PAD_X', 'PADDING_W')];
  const after = (i: 0 | 1): number => {
    const reach = (kernel[i] - 1) * dilation[i] + 1;
    const needed = (output[i] - 1) * stride[i] + reach - input[i] - before[i];
    if (needed <= -stride[i]) throw new NotCovered('the output is smaller than the window allows');
    if (needed >= reach) throw new NotCovered('a window lies outside the image');
    return Math.max(0, needed);
  };
  return [before[0], after(0), before[1], after(1)];
}

/** Geometry that all window ops share. */
function geometry(c: CaseData, x: TensorData, channels: number) {
  const input = pair(c, 'INPUT');
  const output = pair(c, 'OUTPUT');
  const [kernel, stride] = [pair(c, 'FILTER'), pair(c, 'STRIDE')];
  const dilation = pair(c, 'DILATION', 1);
  const batch = x.length / (input[0] * input[1] * channels);
  return { batch, input, output, kernel, stride, dilation, pad: padding(c, input, output, kernel, stride, dilation) };
}

type Weighted = 'conv2d' | 'depthwise_conv2d';

/** Adds the convolution to the net; gives its result, before an activation in s8. */
function convolution(n: Net, c: CaseData, op: Weighted, x: TensorData, y: TensorData): TensorId {
  const [inputs, outputs] = [c.number('IN_CH'), c.number('OUT_CH')];
  const g = geometry(c, x, inputs);
  const w = c.array('weights', 'weights_data');
  const depth = w.length / (outputs * g.kernel[0] * g.kernel[1]);
  const shape = op === 'conv2d' ? [outputs, ...g.kernel, depth] : [1, ...g.kernel, outputs];
  const float = x instanceof Float32Array;
  const wide = x instanceof Int16Array;
  const activation = (dims: number[], zero: () => number): Spec =>
    float ? f32(dims) : wide ? s16(dims) : s8(dims, 1, zero());
  const ids = [n.add(activation([g.batch, ...g.input, inputs], () => inputZero(c)))];
  const scales = float ? {} : { quant: perAxis(channelScales(c), op === 'conv2d' ? 0 : 3) };
  ids.push(n.add({ type: float ? 'f32' : 's8', shape, data: w, ...scales }));
  const bias = c.arrayOr('biases', 'biases_data');
  if (bias && !c.numberOr(0, 'USE_NULL_BIAS'))
    ids.push(n.add({ type: float ? 'f32' : 's32', shape: [outputs], data: bias }));
  const { stride, dilation, pad } = g;
  const narrow = wide && c.typeOf('biases', 'biases_data') === 'int32_t';
  const common = { stride, dilation, pad, act: float ? activationF32(c, y) : 'none' } as const;
  const out = activation([g.batch, ...g.output, outputs], () => c.number('OUTPUT_OFFSET'));
  return op === 'conv2d'
    ? n.node(op, { ...common, groups: inputs / depth, ...(narrow && { accumulator: 's32' }) }, ids, out)
    : n.node(op, { ...common, multiplier: outputs / inputs }, ids, out);
}

export const weighted =
  (op: Weighted) =>
  (c: CaseData): Omit<CmsisCase, 'name'> => {
    const x = c.array('input', 'input_data');
    const expected = c.array('output_ref', 'output_ref_data');
    const n = net(op);
    const y = convolution(n, c, op, x, expected);
    const last = x instanceof Float32Array ? y : clampS8(n, c, y, expected.length, x instanceof Int16Array);
    return { graph: n.graph(last), inputs: [x], expected, tolerance: 1e-5 };
  };

export const pool =
  (op: 'average_pool2d' | 'max_pool2d') =>
  (c: CaseData): Omit<CmsisCase, 'name'> => {
    const x = c.array('input_tensor');
    const expected = c.array('output', 'output_ref');
    const channels = c.number('INPUT_C');
    const { batch, input, output, kernel, stride, pad } = geometry(c, x, channels);
    const float = x instanceof Float32Array;
    const wide = x instanceof Int16Array;
    const spec = float ? f32 : wide ? s16 : s8;
    const n = net(op);
    const act = float ? activationF32(c, expected) : 'none';
    const from = n.add(spec([batch, ...input, channels]));
    const y = n.node(op, { filter: kernel, stride, pad, act }, [from], spec([batch, ...output, channels]));
    const last = float ? y : clampS8(n, c, y, expected.length, wide);
    return { graph: n.graph(last), inputs: [x], expected, tolerance: 1e-5 };
  };
