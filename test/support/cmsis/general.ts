/** Extremes, matrix products and transposed convolutions. */
import { f32, net, one, perAxis, type Spec, s8 } from '../net.js';
import { type CaseData, type CmsisCase, NotCovered } from './file.js';
import { activationF32, channelScales, clampS8, inputZero, real } from './scales.js';

type Converted = Omit<CmsisCase, 'name'>;

const sizes = (c: CaseData, suffix: number): number[] =>
  ['BATCH', 'HEIGHT', 'WIDTH', 'CHANNEL'].map((axis) => c.number(`${axis}_${suffix}`));

/** Either, as the case is called. */
export function extreme(c: CaseData): Converted {
  const fn = c.name.startsWith('maximum') ? 'maximum' : 'minimum';
  const [a, b] = [sizes(c, 1), sizes(c, 2)];
  const inputs = [c.array('input_tensor_1'), c.array('input_tensor_2')];
  const spec = (shape: readonly number[]): Spec => (inputs[0] instanceof Float32Array ? f32(shape) : s8(shape));
  const y = spec(a.map((d, i) => Math.max(d, b[i]!)));
  return {
    graph: one('binary', { fn }, [spec(a), spec(b)], y),
    inputs,
    expected: c.array('output_ref', 'output'),
    tolerance: 0,
  };
}

export function batchMatmul(c: CaseData): Converted {
  const inputs = [c.array('lhs_input_tensor'), c.array('rhs_input_tensor')];
  const expected = c.array('output_ref', 'output');
  const shape = (of: string) => ['BATCH', 'HEIGHT', 'ROWS', 'COLS'].map((axis) => c.number(`${of}_${axis}`));
  const attr = { transposeA: c.number('ADJ_X') === 1, transposeB: c.number('ADJ_Y') === 1 };
  const factor = () => 1 / real(c.number('OUTPUT_MULTIPLIER'), c.number('OUTPUT_SHIFT'));
  const spec = (dims: number[], scale: () => number, zero: () => number): Spec =>
    expected instanceof Float32Array ? f32(dims) : s8(dims, scale(), zero());
  const [a, b] = (['LHS', 'RHS'] as const).map((of) =>
    spec(
      shape(of),
      () => 1,
      () => inputZero(c, `${of}_OFFSET`),
    ),
  );
  const y = spec(shape('OUTPUT'), factor, () => c.number('OUTPUT_OFFSET'));
  return { graph: one('batch_matmul', attr, [a!, b!], y), inputs, expected, tolerance: 1e-5 };
}

export function transposeConv(c: CaseData): Converted {
  const x = c.array('input', 'input_data');
  const expected = c.array('output_ref', 'output_ref_data');
  const float = x instanceof Float32Array;
  const [inputs, outputs] = [c.number('IN_CH'), c.number('OUT_CH')];
  if (c.numberOr(1, 'DILATION_X') !== 1) throw new NotCovered('dilation');
  const [height, width] = [c.number('INPUT_H'), c.number('INPUT_W')];
  const batch = x.length / (height * width * inputs);
  const stored = (dims: number[], zero: () => number): Spec => (float ? f32(dims) : s8(dims, 1, zero()));
  const n = net('transpose_conv');
  const ids = [n.add(stored([batch, height, width, inputs], () => inputZero(c)))];
  const shape = [outputs, c.number('FILTER_Y', 'FILTER_H'), c.number('FILTER_X', 'FILTER_W'), inputs];
  const scales = float ? {} : { quant: perAxis(channelScales(c), 0) };
  ids.push(n.add({ type: float ? 'f32' : 's8', shape, data: c.array('weights', 'weights_data'), ...scales }));
  const bias = c.arrayOr('biases', 'biases_data');
  if (bias) ids.push(n.add({ type: float ? 'f32' : 's32', shape: [outputs], data: bias }));
  const [top, left] = [c.number('PAD_Y', 'PADDING_H'), c.number('PAD_X', 'PADDING_W')];
  const y = n.node(
    'transpose_conv',
    {
      stride: [c.number('STRIDE_Y', 'STRIDE_H'), c.number('STRIDE_X', 'STRIDE_W')],
      dilation: [1, 1],
      pad: [top, top, left, left],
      groups: 1,
      act: float ? activationF32(c, expected) : 'none',
    },
    ids,
    stored([batch, c.number('OUTPUT_H'), c.number('OUTPUT_W'), outputs], () => c.number('OUTPUT_OFFSET')),
  );
  return { graph: n.graph(float ? y : clampS8(n, c, y, expected.length)), inputs: [x], expected, tolerance: 1e-5 };
}
