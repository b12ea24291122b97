/** Convolutions and fully connected layers against a slow version that follows the definition. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elements, type Graph, type NodeOf, type Tensor, type TensorData } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute } from '../../src/ops/execute.js';
import { graphMacs } from '../../src/ops/macs.js';
import { activationRange, convMultipliers, zeroPoint } from '../../src/ops/quantised.js';
import { requantize } from '../../src/support/fixed.js';
import { integer, random } from '../../src/support/rng.js';
import { f32, net, one, perAxis, s8 } from '../support/net.js';

type Conv = NodeOf<'conv2d'> | NodeOf<'depthwise_conv2d'>;

/** The value at [n, y, x, c], 0 outside the image. */
const pixel = (t: Tensor, data: TensorData, n: number, y: number, x: number, c: number): number => {
  const [, height, width, channels] = t.shape as [number, number, number, number];
  if (y < 0 || y >= height || x < 0 || x >= width) return 0;
  return data[((n * height + y) * width + x) * channels + c]! - zeroPoint(t);
};

/** One accumulator, straight from the definition. */
function accumulator(graph: Graph, node: Conv, data: TensorData, [n, y, x, o]: number[]): number {
  const [input, w, bias] = node.in.map((id) => graph.tensors[id]!) as [Tensor, Tensor, Tensor];
  const [rows, kh, kw, cols] = w.shape as [number, number, number, number];
  const { stride, dilation, pad, border } = node.attr;
  const row = border ? border.rows[y!]! * (Math.max(...border.cols) + 1) + border.cols[x!]! : 0;
  const outputs = node.op === 'conv2d' ? rows : cols;
  let sum = bias.data![row * outputs + o!]!;
  for (let ky = 0; ky < kh; ky++)
    for (let kx = 0; kx < kw; kx++) {
      const at = [n!, y! * stride[0] - pad[0] + ky * dilation[0], x! * stride[1] - pad[2] + kx * dilation[1]] as const;
      if (node.op === 'depthwise_conv2d') {
        const c = Math.floor(o! / node.attr.multiplier);
        sum += pixel(input, data, ...at, c) * w.data![(ky * kw + kx) * cols + o!]!;
      } else
        for (let c = 0; c < cols; c++) {
          const from = Math.floor(o! / (outputs / node.attr.groups)) * cols + c;
          sum += pixel(input, data, ...at, from) * w.data![((o! * kh + ky) * kw + kx) * cols + c]!;
        }
    }
  return sum;
}

function naive(graph: Graph, data: TensorData): number[] {
  const node = graph.nodes[0] as Conv;
  const y = graph.tensors[node.out[0]!]!;
  const [input, w] = node.in.map((id) => graph.tensors[id]!) as [Tensor, Tensor];
  const [, height, width, channels] = y.shape as [number, number, number, number];
  const { multiplier, shift } = convMultipliers(input, w, y, channels);
  const [least, most] = activationRange(node.attr.act, y);
  return Array.from({ length: elements(y.shape) }, (_, i) => {
    const p = Math.floor(i / channels);
    const o = i % channels;
    const at = [Math.floor(p / (height * width)), Math.floor(p / width) % height, p % width, o];
    const scaled = requantize(accumulator(graph, node, data, at), multiplier[o]!, shift[o]!) + zeroPoint(y);
    return Math.min(most, Math.max(least, scaled));
  });
}

const size = fc.integer({ min: 1, max: 3 });
const shape = fc.record({
  depthwise: fc.boolean(),
  batch: fc.integer({ min: 1, max: 2 }),
  image: fc.tuple(fc.integer({ min: 5, max: 9 }), fc.integer({ min: 5, max: 9 })),
  kernel: fc.tuple(size, size),
  stride: fc.tuple(size, size),
  dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
  pads: fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5), fc.nat(5)),
  perGroup: size,
  groups: size,
  outputs: size,
  border: fc.boolean(),
  act: fc.constantFrom('none', 'relu', 'relu6', 'relu_n1_to_1'),
  seed: fc.nat(),
});
type Parameters = typeof shape extends fc.Arbitrary<infer T> ? T : never;

const bytes = (next: () => number, length: number): Int8Array =>
  Int8Array.from({ length }, () => integer(next, -128, 127));

function convGraph(p: Parameters): Graph {
  const next = random(p.seed);
  const reach = p.kernel.map((k, i) => (k - 1) * p.dilation[i]! + 1);
  const pad = p.pads.map((n, i) => n % reach[i >> 1]!) as [number, number, number, number];
  const out = p.image.map((d, i) => Math.floor((d + pad[2 * i]! + pad[2 * i + 1]! - reach[i]!) / p.stride[i]!) + 1);
  const inputs = p.perGroup * p.groups;
  const count = p.depthwise ? inputs * p.outputs : p.outputs * p.groups;
  const shape = p.depthwise ? [1, ...p.kernel, count] : [count, ...p.kernel, p.perGroup];
  const classes = (length: number) => Array.from({ length }, (_, i) => i % 2);
  const border = p.border ? { rows: classes(out[0]!), cols: classes(out[1]!) } : undefined;
  const rows = border ? (Math.max(...border.rows) + 1) * (Math.max(...border.cols) + 1) : 1;
  const n = net();
  const x = n.add(s8([p.batch, ...p.image, inputs], 0.05, -11));
  const scales = Array.from({ length: count }, (_, o) => 0.002 * (o + 1));
  const w = n.add({
    type: 's8',
    shape,
    data: bytes(next, elements(shape)),
    quant: perAxis(scales, p.depthwise ? 3 : 0),
  });
  const values = Int32Array.from({ length: rows * count }, () => integer(next, -2000, 2000));
  const bias = n.add({ type: 's32', shape: border ? [rows, count] : [count], data: values });
  const common = { stride: p.stride, dilation: p.dilation, pad, act: p.act, ...(border && { border }) } as const;
  const y = s8([p.batch, ...out, count], 0.04, 7);
  return n.graph(
    p.depthwise
      ? n.node('depthwise_conv2d', { ...common, multiplier: p.outputs }, [x, w, bias], y)
      : n.node('conv2d', { ...common, groups: p.groups }, [x, w, bias], y),
  );
}

test('s8 convolutions equal their definition: groups, multipliers, dilation, uneven padding, border biases', () => {
  const check = (p: Parameters) => {
    const graph = convGraph(p);
    checkGraph(graph);
    const x = bytes(random(p.seed + 1), elements(graph.tensors[0]!.shape));
    expect([...execute(graph, [x])[0]!]).toEqual(naive(graph, x));
  };
  fc.assert(fc.property(shape, check), { numRuns: 200 });
});

describe('hand-made', () => {
  const attr = { stride: [1, 1], dilation: [1, 1], pad: [1, 1, 1, 1], groups: 1, act: 'relu' } as const;
  const w = { type: 'f32', shape: [1, 3, 3, 1], data: new Float32Array(9).fill(1) } as const;

  test('a float convolution sums its window, pads with zeros, applies its activation', () => {
    const graph = one('conv2d', attr, [f32([1, 2, 2, 1]), w], f32([1, 2, 2, 1]));
    expect([...execute(graph, [Float32Array.of(1, 2, 3, 4)])[0]!]).toEqual([10, 10, 10, 10]);
    expect([...execute(graph, [Float32Array.of(-1, -2, -3, 4)])[0]!]).toEqual([0, 0, 0, 0]);
  });

  test('multiply-accumulates count padding taps', () => {
    expect(graphMacs(one('conv2d', attr, [f32([1, 2, 2, 1]), w], f32([1, 2, 2, 1])))).toBe(36);
    const depthwise = { stride: [1, 1], dilation: [1, 1], pad: [1, 1, 1, 1], multiplier: 2, act: 'none' } as const;
    const dw = { ...f32([1, 3, 3, 4]), data: new Float32Array(36) };
    expect(graphMacs(one('depthwise_conv2d', depthwise, [f32([1, 2, 2, 2]), dw], f32([1, 2, 2, 4])))).toBe(144);
  });

  test('a fully connected layer reads rows', () => {
    const dense = { ...f32([2, 3]), data: Float32Array.of(1, 2, 3, 0, 0, 1) };
    const bias = { ...f32([2]), data: Float32Array.of(10, -1) };
    const graph = one('fully_connected', { act: 'none' }, [f32([1, 2, 3]), dense, bias], f32([2, 2]));
    checkGraph(graph);
    expect([...execute(graph, [Float32Array.of(1, 1, 1, 2, 0, 1)])[0]!]).toEqual([16, 0, 15, 0]);
    expect(graphMacs(graph)).toBe(12);
  });

  test('the int32 accumulator wraps', () => {
    const big = { type: 's32', shape: [1], data: Int32Array.of(2 ** 31 - 1) } as const;
    const unit = { ...s8([1, 1]), data: Int8Array.of(1) };
    const graph = one('fully_connected', { act: 'none' }, [s8([1, 1]), unit, big], s8([1, 1], 2 ** 25));
    expect([...execute(graph, [Int8Array.of(1)])[0]!]).toEqual([-64]);
  });
});
