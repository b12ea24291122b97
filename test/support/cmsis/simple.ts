/** Fully connected layers, elementwise ops, softmax, and ops that only move values. */
import { f32, net, one, perAxis, quant, type Spec, s8, s16 } from '../net.js';
import { type CaseData, type CmsisCase, NotCovered } from './file.js';
import { activationF32, channelScales, clampS8, inputZero, real } from './scales.js';

type Converted = Omit<CmsisCase, 'name'>;

/** Per-tensor factors are products in float32, so an exact one has to come from the output's scale. */
function denseScales(c: CaseData): { w: Spec['quant']; y: number } {
  if (c.text('PER_CHANNEL_QUANT') === 'true') return { w: perAxis(channelScales(c), 0), y: 1 };
  return { w: quant(1), y: 1 / real(c.number('OUTPUT_MULTIPLIER'), c.number('OUTPUT_SHIFT')) };
}

export function fullyConnected(c: CaseData): Converted {
  if (c.numberOr(0, 'FILTER_OFFSET')) throw new NotCovered('weights with a zero point');
  const x = c.array('input', 'input_data');
  const expected = c.array('output_ref', 'output_ref_data');
  const w = c.array('weights', 'weights_data');
  const count = c.number('OUT_CH');
  const depth = w.length / count;
  const [inShape, outShape] = [
    [x.length / depth, depth],
    [expected.length / count, count],
  ] as const;
  const float = x instanceof Float32Array;
  const n = net('fully_connected');
  const scales = float ? undefined : denseScales(c);
  const wide = x instanceof Int16Array;
  const stored = (shape: readonly number[], scale: number, zero: () => number): Spec =>
    wide ? s16(shape, scale) : s8(shape, scale, zero());
  const ids = [n.add(scales ? stored(inShape, 1, () => inputZero(c)) : f32(inShape))];
  ids.push(n.add({ type: float ? 'f32' : 's8', shape: [count, depth], data: w, ...(scales && { quant: scales.w! }) }));
  const bias = c.arrayOr('biases', 'biases_data');
  if (bias) ids.push(n.add({ type: float ? 'f32' : 's32', shape: [count], data: bias }));
  const act = float ? activationF32(c, expected) : 'none';
  const y = n.node(
    'fully_connected',
    { act },
    ids,
    scales ? stored(outShape, scales.y, () => c.number('OUTPUT_OFFSET')) : f32(outShape),
  );
  const last = float ? y : clampS8(n, c, y, expected.length, wide);
  return { graph: n.graph(last), inputs: [x], expected, tolerance: 1e-5 };
}

/** [a, b, y] scales. add: a and b relative to twice the greater one, which is 2 here. */
const binaryScales: Record<'add' | 'mul', (c: CaseData) => [number, number, number]> = {
  add: (c) => {
    const of = (name: string) => real(c.number(`${name}_MULT`), c.number(`${name}_SHIFT`));
    return [2 * of('INPUT1'), 2 * of('INPUT2'), 2 / (2 ** c.number('LEFT_SHIFT') * of('OUTPUT'))];
  },
  mul: (c) => [1, 1, 1 / real(c.number('OUTPUT_MULT'), c.number('OUTPUT_SHIFT'))],
};

export const binary =
  (op: 'add' | 'mul') =>
  (c: CaseData): Converted => {
    const inputs = [c.array('input1'), c.array('input2')];
    const expected = c.array('output_ref');
    const shape = [expected.length];
    if (expected instanceof Float32Array) {
      const graph = one(op, { act: activationF32(c, expected) }, [f32(shape), f32(shape)], f32(shape));
      return { graph, inputs, expected, tolerance: 1e-5 };
    }
    const [a, b, y] = binaryScales[op](c);
    const wide = expected instanceof Int16Array;
    const spec = (scale: number, zero: number): Spec => (wide ? s16(shape, scale) : s8(shape, scale, zero));
    const specs = [spec(a, inputZero(c, 'INPUT1_OFFSET')), spec(b, inputZero(c, 'INPUT2_OFFSET'))];
    const n = net(op);
    const out = n.node(op, { act: 'none' }, specs.map(n.add), spec(y, c.number('OUTPUT_OFFSET')));
    return { graph: n.graph(clampS8(n, c, out, expected.length, wide)), inputs, expected, tolerance: 0 };
  };

export function softmax(c: CaseData): Converted {
  const x = c.array('input');
  const shape = [c.number('NUM_ROWS'), c.number('ROW_SIZE')];
  const specs = (): [Spec, Spec] => {
    if (x instanceof Float32Array) return [f32(shape), f32(shape)];
    if (x instanceof Int16Array) {
      const step = real(c.number('INPUT_MULT'), c.number('INPUT_LEFT_SHIFT')) * (10 / 65535);
      return [s16(shape, step), s16(shape, 2 ** -15)];
    }
    const scale = real(c.number('INPUT_MULT'), c.number('INPUT_LEFT_SHIFT')) * 2 ** -26;
    if (c.array('output_ref') instanceof Int16Array)
      return [s8(shape, scale), { type: 's16', shape, quant: quant(2 ** -16, -32768) }];
    return [s8(shape, scale), s8(shape, 1 / 256, -128)];
  };
  const [from, to] = specs();
  return {
    graph: one('softmax', { beta: 1 }, [from], to),
    inputs: [x],
    expected: c.array('output_ref'),
    tolerance: 1e-5,
  };
}

export function pad(c: CaseData): Converted {
  const x = c.array('input_tensor');
  const sizes = (prefix: string) => ['N', 'H', 'W', 'C'].map((axis) => c.number(`${prefix}_${axis}`));
  const [shape, before, after] = [sizes('INPUT'), sizes('PRE_PAD'), sizes('POST_PAD')];
  const spec = x instanceof Float32Array ? f32 : s8;
  const to = spec(shape.map((d, i) => d + before[i]! + after[i]!));
  const graph = one('pad', { before, after, value: c.number('PAD_VALUE') }, [spec(shape)], to);
  return { graph, inputs: [x], expected: c.array('output', 'output_ref'), tolerance: 0 };
}

/** The s8 file lacks shapes and permutations; these are the ones of the CMSIS-NN sources. */
const transposesS8: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
  transpose_3dim: [
    [5, 4, 20],
    [0, 2, 1],
  ],
  transpose_chwn: [
    [5, 4, 12, 17],
    [3, 1, 2, 0],
  ],
  transpose_matrix: [
    [5, 20],
    [1, 0],
  ],
  transpose_ncwh: [
    [5, 4, 3, 9],
    [0, 3, 2, 1],
  ],
  transpose_nwhc: [
    [1, 19, 3, 64],
    [0, 2, 1, 3],
  ],
};

export function transpose(c: CaseData): Converted {
  const x = c.array('input_tensor');
  const float = x instanceof Float32Array;
  const rank = c.numberOr(0, 'NUM_DIMS');
  const [shape, perm] = float
    ? [
        ['N', 'H', 'W', 'C'].slice(0, rank).map((axis) => c.number(`INPUT_${axis}`)),
        [0, 1, 2, 3].slice(0, rank).map((axis) => c.number(`PERM_${axis}`)),
      ]
    : transposesS8[c.name]!;
  const spec = float ? f32 : s8;
  const graph = one('transpose', { perm }, [spec(shape)], spec(perm.map((axis) => shape[axis]!)));
  return { graph, inputs: [x], expected: c.array('output', 'output_ref'), tolerance: 0 };
}

export function concatenation(c: CaseData): Converted {
  const shape = (channels: string) => [
    c.number('INPUT_N'),
    c.number('INPUT_H'),
    c.number('INPUT_W'),
    c.number(channels),
  ];
  const specs = [f32(shape('LHS_C')), f32(shape('RHS_C'))];
  const graph = one('concatenation', { axis: 3, act: 'none' }, specs, f32(shape('OUTPUT_C')));
  const inputs = [c.array('lhs_input'), c.array('rhs_input')];
  return { graph, inputs, expected: c.array('output_ref'), tolerance: 0 };
}
