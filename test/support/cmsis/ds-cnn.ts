/** A whole keyword-spotting network: convolution, five depthwise-separable blocks, pool, dense, softmax. */
import type { Padding, Pair, TensorId } from '../../../src/ir/graph.js';
import { type Net, net, perAxis, quant, s8 } from '../net.js';
import type { CaseData, CmsisCase } from './file.js';
import { real } from './scales.js';

/** Parameters and arrays of one layer, e.g. CONV_2D_1_STRIDE_X and layer_1_conv_2d_bias. */
function layer(c: CaseData, index: number, kind: string) {
  const number = (name: string) => c.number(`${kind}_${index}_${name}`);
  const array = (name: string) => c.array(`layer_${index}_${kind.toLowerCase()}_${name}`);
  const pair = (name: string): Pair => [number(`${name}_H`), number(`${name}_W`)];
  return { number, array, pair };
}

type Layer = ReturnType<typeof layer>;

function padding(l: Layer): Padding {
  const [before, input, output] = [l.pair('PAD'), l.pair('INPUT'), l.pair('OUTPUT')];
  const [kernel, stride] = [l.pair('FILTER'), l.pair('STRIDE')];
  const after = (i: 0 | 1) => Math.max(0, (output[i] - 1) * stride[i] + kernel[i] - input[i] - before[i]);
  return [before[0], after(0), before[1], after(1)];
}

function convolution(n: Net, l: Layer, op: 'conv2d' | 'depthwise_conv2d', x: TensorId): TensorId {
  const [inputs, outputs] = [l.number('IN_CH'), l.number('OUT_CH')];
  const kernel = l.pair('FILTER');
  const shift = l.array('output_shift');
  const scales = Array.from(l.array('output_mult'), (m, i) => real(m, shift[i]!));
  const deep = op === 'conv2d';
  const shape = deep ? [outputs, ...kernel, inputs] : [1, ...kernel, outputs];
  const w = n.add({ type: 's8', shape, data: l.array('weights'), quant: perAxis(scales, deep ? 0 : 3) });
  const bias = n.add({ type: 's32', shape: [outputs], data: l.array('bias') });
  const common = { stride: l.pair('STRIDE'), dilation: l.pair('DILATION'), pad: padding(l), act: 'none' } as const;
  const y = s8([1, ...l.pair('OUTPUT'), outputs], 1, l.number('OUTPUT_OFFSET'));
  return deep
    ? n.node(op, { ...common, groups: 1 }, [x, w, bias], y)
    : n.node(op, { ...common, multiplier: outputs / inputs }, [x, w, bias], y);
}

function averagePool(n: Net, l: Layer, x: TensorId): TensorId {
  const attr = { filter: l.pair('FILTER'), stride: l.pair('STRIDE'), pad: padding(l), act: 'none' } as const;
  const y = s8([1, ...l.pair('OUTPUT'), l.number('OUT_CH')], 1, l.number('OUTPUT_OFFSET'));
  return n.node('average_pool2d', attr, [x], y);
}

/** The dense layer's factor is in its output scale, the softmax's in beta. */
function head(n: Net, dense: Layer, soft: Layer, x: TensorId): TensorId {
  const depth = dense.number('OUT_CH');
  const count = dense.number('IN_CH');
  const scale = 1 / real(dense.number('OUTPUT_MULTIPLIER'), dense.number('OUTPUT_SHIFT'));
  const flat = n.node('reshape', {}, [x], s8([1, depth], 1, -dense.number('INPUT_OFFSET')));
  const w = n.add({ type: 's8', shape: [count, depth], data: dense.array('weights'), quant: quant(1) });
  const bias = n.add({ type: 's32', shape: [count], data: dense.array('bias') });
  const y = s8([1, count], scale, dense.number('OUTPUT_OFFSET'));
  const logits = n.node('fully_connected', { act: 'none' }, [flat, w, bias], y);
  const beta = (real(soft.number('MULT'), soft.number('SHIFT')) * 2 ** -26) / scale;
  return n.node('softmax', { beta }, [logits], s8([1, count], 1 / 256, -128));
}

export function dsCnn(c: CaseData): Omit<CmsisCase, 'name'> {
  const n = net('ds_cnn');
  const first = layer(c, 1, 'CONV_2D');
  let x = n.add(s8([1, ...first.pair('INPUT'), first.number('IN_CH')], 1, -first.number('INPUT_OFFSET')));
  x = convolution(n, first, 'conv2d', x);
  for (let i = 2; i <= 10; i += 2) {
    x = convolution(n, layer(c, i, 'DEPTHWISE_CONV_2D'), 'depthwise_conv2d', x);
    x = convolution(n, layer(c, i + 1, 'CONV_2D'), 'conv2d', x);
  }
  x = averagePool(n, layer(c, 12, 'AVERAGE_POOL_2D'), x);
  x = head(n, layer(c, 14, 'FULLY_CONNECTED'), layer(c, 15, 'SOFTMAX'), x);
  return { graph: n.graph(x), inputs: [c.array('input')], expected: c.array('output_ref'), tolerance: 0 };
}
