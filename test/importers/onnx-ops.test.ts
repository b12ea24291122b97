import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { dataType } from '../../src/formats/onnx/schema.js';
import { besideFile } from '../../src/importers/beside.js';
import { importModel } from '../../src/importers/index.js';
import { elements, type Graph } from '../../src/ir/graph.js';
import { execute } from '../../src/ops/execute.js';
import { simplify } from '../../src/passes/index.js';
import { uniform } from '../support/float-net.js';
import { workFolder } from '../support/folder.js';
import { runOnnx } from '../support/onnx.js';
import { type AttributeValue, bytes, floats, imported, type ModelSpec, onnx, whole } from './onnx-model.js';

const folder = workFolder();
afterAll(folder.dispose);

/** Greatest difference between our reference and ONNX Runtime, and the graph. */
async function difference(spec: ModelSpec, scale = 2): Promise<{ error: number; graph: Graph }> {
  const file = onnx(spec);
  const graph = simplify(await importModel(file, 'hand.onnx'));
  const inputs = graph.inputs.map((id, i) => uniform(elements(graph.tensors[id]!.shape), i + 1).map((v) => v * scale));
  const wanted = await runOnnx(file, graph, inputs);
  const got = execute(graph, inputs);
  const errors = got.flatMap((y, i) => {
    expect(y).toHaveLength(wanted[i]!.length);
    return Array.from(y, (v, k) => Math.abs(v - wanted[i]![k]!));
  });
  return { error: Math.max(...errors), graph };
}

const kinds = (graph: Graph): string[] => graph.nodes.map((n) => n.op);
const weights = (name: string, dims: readonly number[], seed = 5) => floats(name, dims, uniform(elements(dims), seed));
const x4 = { x: [1, 3, 6, 5] } as const;

describe('forms of operators in their operator sets', () => {
  const cases: Record<string, ModelSpec> = {
    'Clip by attributes (6)': {
      ...{ opset: 6, inputs: x4, outputs: ['y'] },
      nodes: [{ op: 'Clip', in: ['x'], out: ['y'], attr: { min: { real: -0.5 }, max: { real: 1 } } }],
    },
    'Clip by inputs (11)': {
      ...{ opset: 11, inputs: x4, outputs: ['y'], initializers: [floats('high', [], [1])] },
      nodes: [{ op: 'Clip', in: ['x', '', 'high'], out: ['y'] }],
    },
    'Softmax over all that follows (7)': {
      ...{ opset: 7, inputs: x4, outputs: ['y'] },
      nodes: [{ op: 'Softmax', in: ['x'], out: ['y'], attr: { axis: 1 } }],
    },
    'Softmax over one axis (13)': {
      ...{ opset: 13, inputs: x4, outputs: ['y'] },
      nodes: [{ op: 'Softmax', in: ['x'], out: ['y'], attr: { axis: 1 } }],
    },
    'Squeeze and ReduceSum by attributes (11)': {
      ...{ opset: 11, inputs: x4, outputs: ['y'] },
      nodes: [
        { op: 'ReduceSum', in: ['x'], out: ['s'], attr: { axes: [2], keepdims: 1 } },
        { op: 'Squeeze', in: ['s'], out: ['y'], attr: { axes: [2] } },
      ],
    },
    'Squeeze and ReduceSum by inputs (13)': {
      ...{ opset: 13, inputs: x4, outputs: ['y'], initializers: [whole('axes', [-2])] },
      nodes: [
        { op: 'ReduceSum', in: ['x', 'axes'], out: ['s'] },
        { op: 'Squeeze', in: ['s', 'axes'], out: ['y'] },
      ],
    },
    'Slice by attributes (9)': {
      ...{ opset: 9, inputs: x4, outputs: ['y'] },
      nodes: [{ op: 'Slice', in: ['x'], out: ['y'], attr: { starts: [1, -4], ends: [9, 4], axes: [2, 3] } }],
    },
    'Slice by inputs, to the end (13)': {
      ...{ opset: 13, inputs: x4, outputs: ['y'] },
      initializers: [whole('s', [1]), whole('e', [9223372036854775807n as never]), whole('a', [2]), whole('step', [2])],
      nodes: [{ op: 'Slice', in: ['x', 's', 'e', 'a', 'step'], out: ['y'] }],
    },
    'Pad by attributes (2)': {
      ...{ opset: 9, inputs: x4, outputs: ['y'] },
      nodes: [{ op: 'Pad', in: ['x'], out: ['y'], attr: { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: { real: 3 } } }],
    },
    'Pad by reflection (13)': {
      ...{ opset: 13, inputs: x4, outputs: ['y'], initializers: [whole('p', [0, 0, 2, 1, 0, 0, 1, 3])] },
      nodes: [{ op: 'Pad', in: ['x', 'p'], out: ['y'], attr: { mode: 'reflect' } }],
    },
    'BatchNormalization after a convolution': {
      ...{ opset: 15, inputs: x4, outputs: ['y'] },
      initializers: [
        ...[weights('w', [4, 3, 3, 2]), weights('s', [4], 6), weights('b', [4], 7), weights('m', [4], 8)],
        floats('v', [4], [0.5, 1, 2, 0.1]),
      ],
      nodes: [
        { op: 'Conv', in: ['x', 'w'], out: ['c'], attr: { pads: [1, 0, 1, 1], strides: [2, 1] } },
        { op: 'BatchNormalization', in: ['c', 's', 'b', 'm', 'v'], out: ['n'] },
        { op: 'Relu', in: ['n'], out: ['y'] },
      ],
    },
    'pools with ceil, padding and counted borders': {
      ...{ opset: 13, inputs: x4, outputs: ['a', 'b', 'c', 'd'] },
      nodes: [
        { op: 'MaxPool', in: ['x'], out: ['a'], attr: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 } },
        {
          op: 'AveragePool',
          in: ['x'],
          out: ['b'],
          attr: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
        },
        {
          op: 'MaxPool',
          in: ['x'],
          out: ['c'],
          attr: { kernel_shape: [2, 2], auto_pad: 'SAME_LOWER' },
        },
        { op: 'MaxPool', in: ['x'], out: ['d'], attr: { kernel_shape: [2, 2], dilations: [2, 1], pads: [1, 0, 1, 0] } },
      ],
    },
    'Gemm with everything': {
      ...{
        opset: 13,
        inputs: { x: [4, 3] },
        outputs: ['y'],
        initializers: [weights('w', [4, 5]), weights('c', [3, 1])],
      },
      nodes: [
        { op: 'Gemm', in: ['x', 'w', 'c'], out: ['y'], attr: { transA: 1, alpha: { real: 0.5 }, beta: { real: 2 } } },
      ],
    },
    'a residual block, flattened into a matrix': {
      ...{ opset: 13, inputs: { x: [1, 2, 4, 4] }, outputs: ['y'] },
      initializers: [weights('w', [2, 2, 3, 3]), weights('f', [32, 3], 9)],
      nodes: [
        { op: 'Conv', in: ['x', 'w'], out: ['c'], attr: { pads: [1, 1, 1, 1] } },
        { op: 'Add', in: ['c', 'x'], out: ['a'] },
        { op: 'Sigmoid', in: ['a'], out: ['r'] },
        { op: 'Flatten', in: ['r'], out: ['v'] },
        { op: 'MatMul', in: ['v', 'f'], out: ['y'] },
      ],
    },
    'signals of one axis, groups': {
      ...{
        opset: 13,
        inputs: { x: [2, 4, 9] },
        outputs: ['y'],
        initializers: [weights('w', [6, 2, 3]), weights('b', [6])],
      },
      nodes: [{ op: 'Conv', in: ['x', 'w', 'b'], out: ['y'], attr: { group: 2, dilations: [2], pads: [1, 2] } }],
    },
    'a transposed convolution in groups': {
      ...{ opset: 13, inputs: { x: [1, 4, 3, 3] }, outputs: ['y'], initializers: [weights('w', [4, 3, 3, 2])] },
      nodes: [
        {
          ...{ op: 'ConvTranspose', in: ['x', 'w'], out: ['y'] },
          attr: { group: 2, strides: [2, 3], pads: [1, 0, 0, 1], output_padding: [1, 0] },
        },
      ],
    },
    'shapes that are computed': {
      ...{ opset: 13, inputs: { x: ['batch', 3, 4] }, outputs: ['y'] },
      initializers: [whole('zero', [0], []), whole('rest', [-1]), whole('axis', [0])],
      nodes: [
        { op: 'Shape', in: ['x'], out: ['shape'] },
        { op: 'Gather', in: ['shape', 'zero'], out: ['n'] },
        { op: 'Unsqueeze', in: ['n', 'axis'], out: ['n1'] },
        { op: 'Concat', in: ['n1', 'rest'], out: ['to'], attr: { axis: 0 } },
        { op: 'Reshape', in: ['x', 'to'], out: ['y'] },
      ],
    },
    'a branch that a constant chooses': {
      ...{ opset: 13, inputs: { x: [3] }, outputs: ['y'] },
      initializers: [{ name: 'yes', dims: [], dataType: dataType.bool, int32Data: [1] }],
      nodes: [
        {
          ...{ op: 'If', in: ['yes'], out: ['y'] },
          attr: {
            then_branch: { graph: { nodes: [{ op: 'Neg', in: ['x'], out: ['t'] }], outputs: ['t'] } },
            else_branch: { graph: { nodes: [{ op: 'Exp', in: ['x'], out: ['e'] }], outputs: ['e'] } },
          },
        },
      ],
    },
    'a function of the file': {
      ...{ opset: 15, domains: ['own'], inputs: { x: [2, 3] }, outputs: ['y'] },
      nodes: [{ op: 'Leak', domain: 'own', in: ['x'], out: ['y'], attr: { slope: { real: 0.3 } } }],
      functions: [
        {
          ...{ name: 'Leak', domain: 'own', input: ['a'], output: ['b'], attribute: ['slope'] },
          opsetImport: [{ domain: '', version: 15 }],
          node: [
            {
              ...{ opType: 'LeakyRelu', input: ['a'], output: ['b'] },
              attribute: [{ name: 'alpha', refAttrName: 'slope', type: 1 }],
            },
          ],
        },
      ],
    },
  };
  test.each(Object.keys(cases))('%s', async (name) => {
    const { error } = await difference(cases[name]!);
    expect(error).toBeLessThan(2e-5);
  });

  test('a computed shape leaves a reshape only, a folded batch normalisation a convolution only', async () => {
    expect(kinds((await difference(cases['shapes that are computed']!)).graph)).toEqual(['reshape']);
    expect(kinds((await difference(cases['BatchNormalization after a convolution']!)).graph)).toEqual([
      'transpose',
      'conv2d',
      'transpose',
    ]);
    const residual = (await difference(cases['a residual block, flattened into a matrix']!)).graph;
    expect(kinds(residual).filter((k) => k === 'transpose')).toHaveLength(1);
  });
});

const node = (op: string, inputs: string[], attr: Record<string, AttributeValue> = {}, domain?: string) => ({
  ...{ op, in: inputs, out: ['y'], attr },
  ...(domain && { domain }),
});

describe('operators that the backend suite does not have', () => {
  const plain = (opset: number, op: string, attr: Record<string, AttributeValue> = {}): ModelSpec => ({
    ...{ opset, inputs: x4, outputs: ['y'], nodes: [node(op, ['x'], attr)] },
  });
  const cases: Record<string, ModelSpec> = {
    Gelu: plain(20, 'Gelu'),
    'Gelu by tanh': plain(20, 'Gelu', { approximate: 'tanh' }),
    Mish: plain(18, 'Mish'),
    HardSwish: plain(14, 'HardSwish'),
    LpNormalization: plain(13, 'LpNormalization', { axis: 1 }),
    'LpNormalization of sizes': plain(13, 'LpNormalization', { axis: 2, p: 1 }),
    GlobalLpPool: plain(13, 'GlobalLpPool', { p: 3 }),
    'ReduceMax over the last two (18)': {
      ...{ opset: 18, inputs: x4, outputs: ['y'], initializers: [whole('axes', [2, 3])] },
      nodes: [node('ReduceMax', ['x', 'axes'], { keepdims: 0 })],
    },
    'Split in uneven parts (18)': {
      ...{ opset: 18, inputs: { x: [1, 7] }, outputs: ['y', 'z', 'u'] },
      nodes: [{ op: 'Split', in: ['x'], out: ['y', 'z', 'u'], attr: { axis: 1, num_outputs: 3 } }],
    },
    'Resize, cubic and antialiased (18)': {
      ...{ opset: 18, inputs: { x: [1, 2, 6, 8] }, outputs: ['y'], initializers: [whole('s', [1, 2, 4, 5])] },
      nodes: [node('Resize', ['x', '', '', 's'], { mode: 'cubic', antialias: 1 })],
    },
    'Resize of an image, bilinear (13)': {
      ...{ opset: 13, inputs: { x: [1, 2, 3, 4] }, outputs: ['y'], initializers: [floats('s', [4], [1, 1, 2, 2])] },
      nodes: [node('Resize', ['x', '', 's'], { mode: 'linear', coordinate_transformation_mode: 'align_corners' })],
    },
    'Pad of some axes (18)': {
      ...{ opset: 18, inputs: x4, outputs: ['y'] },
      initializers: [whole('p', [1, 2]), whole('axes', [2]), floats('v', [], [0.5])],
      nodes: [node('Pad', ['x', 'p', 'v', 'axes'])],
    },
    'DepthToSpace, columns first': {
      ...{
        opset: 13,
        inputs: { x: [1, 8, 2, 3] },
        outputs: ['y'],
        nodes: [node('DepthToSpace', ['x'], { blocksize: 2, mode: 'CRD' })],
      },
    },
    'GroupNormalization (21)': {
      ...{
        opset: 21,
        inputs: { x: [1, 4, 3, 2] },
        outputs: ['y'],
        initializers: [weights('s', [4]), weights('b', [4], 2)],
      },
      nodes: [node('GroupNormalization', ['x', 's', 'b'], { num_groups: 2 })],
    },
    'whole products of many terms': {
      ...{ opset: 13, inputs: { x: [2, 600] }, outputs: ['y', 'z'] },
      initializers: [
        bytes(
          'w',
          [600, 3],
          Array.from({ length: 1800 }, (_, i) => ((i * 31) % 128) - 64),
        ),
        bytes(
          'k',
          [2, 40, 3, 3],
          Array.from({ length: 720 }, (_, i) => ((i * 29) % 128) - 64),
        ),
        whole('s', [1, 40, 5, 6]),
      ],
      nodes: [
        { op: 'DynamicQuantizeLinear', in: ['x'], out: ['q', 'scale', 'zero'] },
        { op: 'MatMulInteger', in: ['q', 'w', 'zero'], out: ['m'] },
        { op: 'Cast', in: ['m'], out: ['y'], attr: { to: 1 } },
        { op: 'Reshape', in: ['q', 's'], out: ['i'] },
        { op: 'ConvInteger', in: ['i', 'k', 'zero'], out: ['c'] },
        { op: 'Cast', in: ['c'], out: ['z'], attr: { to: 1 } },
      ],
    },
    'squeeze and excitation, hard swish in parts': {
      ...{ opset: 13, inputs: { x: [1, 3, 6, 6] }, outputs: ['y'] },
      initializers: [
        ...[weights('w', [8, 3, 3, 3]), weights('a', [2, 8, 1, 1], 2), weights('b', [8, 2, 1, 1], 3)],
        ...[floats('three', [], [3]), floats('zero', [], [0]), floats('six', [], [6]), weights('f', [8, 4], 4)],
      ],
      nodes: [
        { op: 'Conv', in: ['x', 'w'], out: ['c'], attr: { strides: [2, 2], pads: [1, 1, 1, 1] } },
        { op: 'Add', in: ['c', 'three'], out: ['c1'] },
        { op: 'Clip', in: ['c1', 'zero', 'six'], out: ['c2'] },
        { op: 'Div', in: ['c2', 'six'], out: ['c3'] },
        { op: 'Mul', in: ['c', 'c3'], out: ['h'] },
        { op: 'GlobalAveragePool', in: ['h'], out: ['g'] },
        { op: 'Conv', in: ['g', 'a'], out: ['s1'] },
        { op: 'Relu', in: ['s1'], out: ['s2'] },
        { op: 'Conv', in: ['s2', 'b'], out: ['s3'] },
        { op: 'HardSigmoid', in: ['s3'], out: ['s4'] },
        { op: 'Mul', in: ['h', 's4'], out: ['m'] },
        { op: 'GlobalAveragePool', in: ['m'], out: ['p'] },
        { op: 'Flatten', in: ['p'], out: ['v'] },
        { op: 'MatMul', in: ['v', 'f'], out: ['y'] },
      ],
    },
    'attention: products of two variables': {
      ...{ opset: 13, inputs: { x: [1, 2, 5, 4] }, outputs: ['y'] },
      nodes: [
        { op: 'Transpose', in: ['x'], out: ['t'], attr: { perm: [0, 1, 3, 2] } },
        { op: 'MatMul', in: ['x', 't'], out: ['s'] },
        { op: 'Softmax', in: ['s'], out: ['p'], attr: { axis: -1 } },
        { op: 'MatMul', in: ['p', 'x'], out: ['y'] },
      ],
    },
  };
  test.each(Object.keys(cases))('%s', async (name) => {
    const { error, graph } = await difference(cases[name]!);
    expect(error).toBeLessThan(2e-5);
    if (name.startsWith('squeeze')) expect(kinds(graph).filter((k) => k === 'transpose')).toHaveLength(1);
  });
});

/** Stored values by operators of their own, from x and back to real numbers. */
function storedBy(
  op: string,
  signed: boolean,
  extra: readonly string[],
  attr: Record<string, AttributeValue> = {},
  inputs = ['q', 'sx', 'zx'],
): ModelSpec {
  const zero = signed ? 0 : 128;
  return {
    ...{ opset: 13, domains: ['com.microsoft'], inputs: x4, outputs: ['y'] },
    initializers: [
      ...[floats('sx', [], [0.02]), bytes('zx', [], [zero + 3], signed)],
      ...[floats('sy', [], [0.03]), bytes('zy', [], [zero - 20], signed)],
    ],
    nodes: [
      { op: 'QuantizeLinear', in: ['x', 'sx', 'zx'], out: ['q'] },
      { op, domain: 'com.microsoft', in: [...inputs, ...extra], out: ['o'], attr },
      { op: 'DequantizeLinear', in: ['o', 'sy', 'zy'], out: ['y'] },
    ],
  };
}

describe('quantised operators of com.microsoft', () => {
  const out = ['sy', 'zy'];
  const cases: Record<string, [string, readonly string[], Record<string, AttributeValue>?, string[]?]> = {
    QLinearAdd: ['QLinearAdd', ['q', 'sx', 'zx', ...out]],
    QLinearMul: ['QLinearMul', ['q', 'sx', 'zx', ...out]],
    QLinearSigmoid: ['QLinearSigmoid', out],
    QLinearLeakyRelu: ['QLinearLeakyRelu', out, { alpha: { real: 0.1 } }],
    QLinearGlobalAveragePool: ['QLinearGlobalAveragePool', out],
    QLinearAveragePool: ['QLinearAveragePool', out, { kernel_shape: [2, 3] }],
    QLinearConcat: ['QLinearConcat', ['q', 'sx', 'zx', 'q', 'sx', 'zx'], { axis: 1 }, out],
  };
  test.each(Object.entries(cases).flatMap(([name, c]) => [true, false].map((signed) => [name, signed, c] as const)))(
    '%s, signed: %s',
    async (_, signed, [op, extra, attr, inputs]) => {
      const { error, graph } = await difference(storedBy(op, signed, extra, attr, inputs));
      expect(error).toBeLessThan(0.0301);
      const real = graph.nodes.filter((n) => graph.tensors[n.out[0]!]!.type === 'f32');
      expect(real.map((n) => n.op)).toEqual(['dequantize']);
    },
  );

  test.each([true, false])('movement of stored values, signed: %s', async (signed) => {
    const spec = storedBy('', signed, []);
    const moved: ModelSpec = {
      ...spec,
      initializers: [...spec.initializers!, whole('axes', [0])],
      nodes: [
        spec.nodes[0]!,
        { op: 'MaxPool', in: ['q'], out: ['m'], attr: { kernel_shape: [2, 2] } },
        { op: 'Concat', in: ['m', 'm'], out: ['c'], attr: { axis: 1 } },
        { op: 'Transpose', in: ['c'], out: ['t'], attr: { perm: [0, 2, 3, 1] } },
        { op: 'DequantizeLinear', in: ['t', 'sx', 'zx'], out: ['y'] },
      ],
    };
    const { error, graph } = await difference(moved);
    expect(error).toBeLessThan(0.0201);
    expect(graph.nodes.filter((n) => n.op === 'quantize')).toHaveLength(1);
  });
});

/** A recurrent operator over 5 steps of 2 sequences. */
function recurrent(
  op: 'LSTM' | 'GRU' | 'RNN',
  attr: Record<string, AttributeValue>,
  outputs: string[],
  more: string[] = [],
): ModelSpec {
  const gates = { LSTM: 4, GRU: 3, RNN: 1 }[op];
  const directions = attr.direction === 'bidirectional' ? 2 : 1;
  return {
    ...{ opset: 14, inputs: { x: [5, 2, 3] }, outputs: outputs.filter((n) => n) },
    initializers: [
      weights('w', [directions, gates * 4, 3], 1),
      weights('r', [directions, gates * 4, 4], 2),
      weights('b', [directions, gates * 8], 3),
      weights('h0', [directions, 2, 4], 4),
      { name: 'lens', dims: [2], dataType: dataType.int32, int32Data: [3, 5] },
    ],
    nodes: [{ op, in: ['x', 'w', 'r', 'b', ...more], out: outputs, attr: { hidden_size: 4, ...attr } }],
  };
}

describe('recurrent operators', () => {
  const cases: Record<string, [ModelSpec, string]> = {
    'LSTM in both directions': [recurrent('LSTM', { direction: 'bidirectional' }, ['y', 'h']), 'lstm'],
    'LSTM backwards, last state only': [recurrent('LSTM', { direction: 'reverse' }, ['', 'h']), 'lstm'],
    'LSTM with the cell state, from a state': [recurrent('LSTM', {}, ['y', 'h', 'c'], ['', 'h0']), 'concatenation'],
    'GRU, reset before': [recurrent('GRU', {}, ['y', 'h']), 'gru'],
    'GRU, reset after, backwards': [
      recurrent('GRU', { linear_before_reset: 1, direction: 'reverse' }, ['y', 'h']),
      'gru',
    ],
    'GRU of sequences of several lengths': [
      recurrent('GRU', { direction: 'reverse' }, ['y'], ['lens']),
      'concatenation',
    ],
    'RNN in both directions': [
      recurrent('RNN', { direction: 'bidirectional' }, ['y', 'h'], ['', 'h0']),
      'concatenation',
    ],
  };
  test.each(Object.keys(cases))('%s', async (name) => {
    const [spec, op] = cases[name]!;
    const { error, graph } = await difference(spec);
    expect(error).toBeLessThan(2e-5);
    expect(kinds(graph)).toContain(op);
  });
});

/** A convolution on stored values, by operators around it or by one operator of its own. */
function quantised(signed: boolean, form: 'QDQ' | 'QLinear'): ModelSpec {
  const zero = signed ? 0 : 128;
  // Seven bits: on some cores ONNX Runtime's own sums of u8 times s8 overflow beyond.
  const values = Array.from({ length: 36 }, (_, i) => ((i * 37) % 128) - 64);
  const parameters = [
    ...[floats('sx', [], [0.02]), floats('sw', [2], [0.01, 0.03]), floats('sy', [], [0.05])],
    ...[bytes('zx', [], [zero + 3], signed), bytes('zw', [2], [0, 0]), bytes('zy', [], [zero - 5], signed)],
    bytes('w', [2, 2, 3, 3], values),
    { name: 'b', dims: [2], dataType: dataType.int32, int32Data: [100, -200] },
    floats('sb', [2], [0.02 * 0.01, 0.02 * 0.03]),
  ];
  const conv = { pads: [1, 1, 1, 1] };
  const nodes =
    form === 'QDQ'
      ? [
          { op: 'DequantizeLinear', in: ['q', 'sx', 'zx'], out: ['xr'] },
          { op: 'DequantizeLinear', in: ['w', 'sw', 'zw'], out: ['wr'], attr: { axis: 0 } },
          { op: 'DequantizeLinear', in: ['b', 'sb'], out: ['br'], attr: { axis: 0 } },
          { op: 'Conv', in: ['xr', 'wr', 'br'], out: ['c'], attr: conv },
          { op: 'Relu', in: ['c'], out: ['r'] },
          { op: 'QuantizeLinear', in: ['r', 'sy', 'zy'], out: ['o'] },
        ]
      : [{ op: 'QLinearConv', in: ['q', 'sx', 'zx', 'w', 'sw', 'zw', 'sy', 'zy', 'b'], out: ['o'], attr: conv }];
  return {
    ...{ opset: 13, inputs: { x: [1, 2, 5, 5] }, outputs: ['y'], initializers: parameters },
    nodes: [
      { op: 'QuantizeLinear', in: ['x', 'sx', 'zx'], out: ['q'] },
      ...nodes,
      { op: 'DequantizeLinear', in: ['o', 'sy', 'zy'], out: ['y'] },
    ],
  };
}

describe('quantised operators', () => {
  test.each([
    ['QDQ', true],
    ['QDQ', false],
    ['QLinear', true],
    ['QLinear', false],
  ] as const)('%s, signed: %s', async (form, signed) => {
    const { error, graph } = await difference(quantised(signed, form));
    expect(error).toBeLessThan(0.0501);
    const conv = graph.nodes.find((n) => n.op === 'conv2d')!;
    expect(conv.in.map((id) => graph.tensors[id]!.type)).toEqual(['s8', 's8', 's32']);
    expect(graph.nodes.filter((n) => n.op === 'quantize' || n.op === 'dequantize')).toHaveLength(2);
  });

  test('what has no stored form stays real between DEQUANTIZE and QUANTIZE', async () => {
    const spec = quantised(true, 'QDQ');
    const odd = spec.initializers!.map((t) => (t.name === 'zw' ? bytes('zw', [2], [1, 2]) : t));
    const { error, graph } = await difference({ ...spec, initializers: odd });
    expect(error).toBeLessThan(0.0501);
    const conv = graph.nodes.find((n) => n.op === 'conv2d')!;
    expect(graph.tensors[conv.in[0]!]!.type).toBe('f32');
  });
});

describe('constants', () => {
  const sum = (constant: object, more: Partial<ModelSpec> = {}): ModelSpec => ({
    ...{ inputs: { x: [4] }, outputs: ['y'], nodes: [{ op: 'Add', in: ['x', 'c'], out: ['y'] }] },
    ...more,
    initializers: [{ name: 'c', dims: [4], ...constant }],
  });
  const added = async (spec: ModelSpec): Promise<number[]> =>
    Array.from(execute(await imported(spec), [new Float32Array(4)])[0]!);

  test('float16 by bits and by bytes, bfloat16, double', async () => {
    const half = [0x3c00, 0xc000, 0x3555, 0x0001];
    const numbers = [1, -2, 0.333251953125, 2 ** -24];
    expect(await added(sum({ dataType: dataType.float16, int32Data: half }))).toEqual(numbers);
    const raw = new Uint8Array(Uint16Array.from(half).buffer);
    expect(await added(sum({ dataType: dataType.float16, rawData: raw }))).toEqual(numbers);
    expect(await added(sum({ dataType: dataType.bfloat16, int32Data: [0x3f80, 0xc000, 0x3eab, 0] }))).toEqual([
      1, -2, 0.333984375, 0,
    ]);
    expect(await added(sum({ dataType: dataType.double, doubleData: [1, 2, 3, 0.1] }))).toEqual([
      1,
      2,
      3,
      Math.fround(0.1),
    ]);
  });

  test('sparse ones, by place and by index', async () => {
    const sparse = (indices: object) => ({
      ...sum({}),
      initializers: [],
      sparse: [{ values: floats('c', [2], [5, 7]), indices, dims: [4] }],
    });
    expect(await added(sparse(whole('', [1, 3])))).toEqual([0, 5, 0, 7]);
    expect(await added(sparse(whole('', [0, 2], [2, 1])))).toEqual([5, 0, 7, 0]);
    await expect(added(sparse(whole('', [1, 4])))).rejects.toMatchObject({ code: 'onnx-corrupt' });
  });

  const external = (location: string, offset = '4', length = '16') =>
    sum({
      dataType: dataType.float,
      dataLocation: 1,
      externalData: [
        { key: 'location', value: location },
        { key: 'offset', value: offset },
        { key: 'length', value: length },
      ],
    });
  const read = (spec: ModelSpec) => importModel(onnx(spec), 'm.onnx', besideFile(folder.path('model', 'm.onnx')));

  test('in a file beside the model, and nowhere else', async () => {
    mkdirSync(folder.path('model'), { recursive: true });
    const data = new Uint8Array(Float32Array.of(9, 1, 2, 3, 4).buffer);
    writeFileSync(folder.path('model', 'weights.bin'), data);
    writeFileSync(folder.path('secret.bin'), data);
    symlinkSync(folder.path('secret.bin'), folder.path('model', 'link.bin'));
    const graph = await read(external('weights.bin'));
    expect(Array.from(execute(graph, [new Float32Array(4)])[0]!)).toEqual([1, 2, 3, 4]);
    for (const location of [
      '../secret.bin',
      folder.path('secret.bin'),
      'a/../../secret.bin',
      'link.bin',
      '',
      'C:\\x',
      '\\\\host\\x',
    ])
      await expect(read(external(location)), location).rejects.toMatchObject({ code: 'path-outside' });
    await expect(read(external('gone.bin'))).rejects.toMatchObject({ code: 'file-missing' });
    await expect(read(external('weights.bin', '8'))).rejects.toMatchObject({ code: 'onnx-corrupt' });
    await expect(read(external('weights.bin', '-4'))).rejects.toMatchObject({ code: 'onnx-corrupt' });
    await expect(read(external('weights.bin', '0', '8'))).rejects.toMatchObject({ code: 'onnx-corrupt' });
    await expect(imported(external('weights.bin'))).rejects.toMatchObject({ code: 'file-missing' });
  });
});
