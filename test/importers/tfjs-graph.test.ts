/** Nodes of TensorFlow.js graph-models against TensorFlow.js itself. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { importModel } from '../../src/importers/index.js';
import type { Graph } from '../../src/ir/graph.js';
import { execute } from '../../src/ops/execute.js';
import { random } from '../../src/support/rng.js';

type Value = readonly [shape: readonly number[], data: readonly number[] | Float32Array, type?: 'int32'];
interface Listed {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: object;
}

const text = (s: string) => ({ s: Buffer.from(s).toString('base64') });
const ints = (...i: number[]) => ({ list: { i: i.map(String) } });
const at = (...i: number[]): Value => [[i.length], i, 'int32'];
const one = (v: number, type?: 'int32'): Value => (type ? [[], [v], type] : [[], [v]]);

/** A graph-model of an input x, constants and nodes. */
function model(
  shape: readonly number[],
  constants: Readonly<Record<string, Value>>,
  nodes: readonly Listed[],
  outputs: readonly string[],
): Promise<Graph> {
  const bytes = Object.values(constants).map(([, data, type]) => {
    const numbers = type ? Int32Array.from(data) : Float32Array.from(data);
    return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  });
  const dims = shape.map((size) => ({ size: String(size) }));
  const json = {
    format: 'graph-model',
    modelTopology: {
      node: [
        { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: dims } } } },
        ...Object.keys(constants).map((name) => ({ name, op: 'Const', attr: {} })),
        ...nodes,
      ],
    },
    signature: { outputs: Object.fromEntries(outputs.map((name) => [name, { name }])) },
    weightsManifest: [
      {
        paths: ['w.bin'],
        weights: Object.entries(constants).map(([name, [size, , type]]) => ({
          ...{ name, shape: size, dtype: type ?? 'float32' },
        })),
      },
    ],
  };
  return importModel(new TextEncoder().encode(JSON.stringify(json)), 'model.json', () => Buffer.concat(bytes));
}

const next = random(3);
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => 2 * next() - 1);
const node = (op: string, input: readonly string[], attr: object = {}, name = 'y'): Listed => ({
  name,
  op,
  input,
  attr,
});

async function expectSame(
  shape: readonly number[],
  constants: Readonly<Record<string, Value>>,
  nodes: readonly Listed[],
  wanted: (x: tf.Tensor) => tf.Tensor | tf.Tensor[],
  outputs: readonly string[] = ['y'],
): Promise<Graph> {
  const graph = await model(shape, constants, nodes, outputs);
  const x = numbers(shape.reduce((a, b) => a * b, 1));
  const results = execute(graph, [x]);
  [wanted(tf.tensor(x, [...shape]))].flat().forEach((y, i) => {
    expect(graph.tensors[graph.outputs[i]!]!.shape).toEqual(y.shape);
    const data = y.dataSync();
    expect(Math.max(...Array.from(results[i]!, (v, k) => Math.abs(v - data[k]!)))).toBeLessThan(1e-5);
  });
  return graph;
}

const image = [1, 4, 6, 8] as const;
const image4 = (x: tf.Tensor) => x as tf.Tensor4D;

describe('parts', () => {
  test('Slice, the rest of an axis by -1', () =>
    expectSame(image, { b: at(0, 1, 2, 0), s: at(1, 2, -1, 3) }, [node('Slice', ['x', 'b', 's'])], (x) =>
      tf.slice(x, [0, 1, 2, 0], [1, 2, -1, 3]),
    ));

  test('StridedSlice: an axis that comes, open ends', () =>
    expectSame(
      image,
      { b: at(1, 0, 1, 0), e: at(9, 0, 3, 9), s: at(1, 1, 1, 2) },
      [
        node('StridedSlice', ['x', 'b', 'e', 's'], {
          ...{ begin_mask: { i: '1' }, end_mask: { i: '1' }, new_axis_mask: { i: '2' } },
        }),
      ],
      (x) => tf.stridedSlice(x, [1, 0, 1, 0], [9, 0, 3, 9], [1, 1, 1, 2], 1, 1, 0, 2, 0),
    ));

  test('StridedSlice: an axis that goes, steps', () =>
    expectSame(
      image,
      { b: at(0, 1, 0, 1), e: at(1, 2, 6, 8), s: at(1, 1, 2, 3) },
      [node('StridedSlice', ['x', 'b', 'e', 's'], { shrink_axis_mask: { i: '2' } })],
      (x) => tf.squeeze(tf.stridedSlice(x, [0, 1, 0, 1], [1, 2, 6, 8], [1, 1, 2, 3]), [1]),
    ));

  test('StridedSlice: an ellipsis between an axis that goes and one that is read backwards', () =>
    expectSame(
      image,
      { b: at(0, 0, -1), e: at(1, 0, -7), s: at(1, 1, -2) },
      [node('StridedSlice', ['x', 'b', 'e', 's'], { ellipsis_mask: { i: '2' }, shrink_axis_mask: { i: '1' } })],
      (x) => tf.gather(tf.squeeze(x, [0]), [7, 5, 3], 2),
    ));

  test('Split, SplitV and Unpack: several results', async () => {
    await expectSame(
      image,
      { a: one(3, 'int32') },
      [node('Split', ['a', 'x'], { num_split: { i: '2' } }, 's'), node('Sub', ['s:1', 's'])],
      (x) => {
        const [first, second] = tf.split(x, 2, 3);
        return tf.sub(second!, first!);
      },
    );
    await expectSame(
      image,
      { n: at(1, -1, 2), a: one(-1, 'int32') },
      [node('SplitV', ['x', 'n', 'a'], {}, 's')],
      (x) => tf.split(x, [1, 5, 2], 3),
      ['s:0', 's:1', 's:2'],
    );
    await expectSame(
      [1, 3, 2],
      {},
      [
        node('Unpack', ['x'], { num: { i: '3' }, axis: { i: '1' } }, 'u'),
        node('Pack', ['u:2', 'u'], { axis: { i: '-1' } }),
      ],
      (x) => {
        const parts = tf.unstack(x, 1);
        return tf.stack([parts[2]!, parts[0]!], -1);
      },
    );
  });

  test('Tile, DepthToSpace, SpaceToDepth', async () => {
    await expectSame(image, { m: at(1, 2, 1, 3) }, [node('Tile', ['x', 'm'])], (x) => tf.tile(x, [1, 2, 1, 3]));
    await expectSame(image, {}, [node('DepthToSpace', ['x'], { block_size: { i: '2' } })], (x) =>
      tf.depthToSpace(image4(x), 2, 'NHWC'),
    );
    await expectSame(
      image,
      {},
      [
        node('SpaceToDepth', ['x'], { block_size: { i: '2' } }, 's'),
        node('DepthToSpace', ['s'], { block_size: { i: '2' } }),
      ],
      (x) => x,
    );
  });
});

test('shapes are worked out while the model is read', async () => {
  const graph = await expectSame(
    image,
    { b: at(0), e: at(1), s: at(1), f: one(2, 'int32'), rest: one(-1, 'int32'), zero: one(0.5) },
    [
      node('Shape', ['x'], {}, 'shape'),
      node('StridedSlice', ['shape', 'b', 'e', 's'], { shrink_axis_mask: { i: '1' } }, 'batch'),
      node('Mul', ['batch', 'f'], {}, 'twice'),
      node('Pack', ['twice', 'rest'], { axis: { i: '0' } }, 'wanted'),
      node('Reshape', ['x', 'wanted'], {}, 'flat'),
      node('Shape', ['flat'], {}, 'flat_shape'),
      node('Fill', ['flat_shape', 'zero'], {}, 'halves'),
      node('AddV2', ['flat', 'halves']),
    ],
    (x) => tf.add(tf.reshape(x, [2, 96]), 0.5),
  );
  expect(graph.nodes.map((n) => n.op)).toEqual(['reshape', 'add']);
});

describe('larger images', () => {
  test.each([
    [false, false],
    [true, false],
    [false, true],
  ])('resized: align_corners %s, half_pixel_centers %s', async (corners, half) => {
    const attr = { align_corners: { b: corners }, half_pixel_centers: { b: half } };
    const size = { s: at(7, 9) };
    await expectSame(image, size, [node('ResizeBilinear', ['x', 's'], attr)], (x) =>
      tf.image.resizeBilinear(image4(x), [7, 9], corners, half),
    );
    await expectSame(image, size, [node('ResizeNearestNeighbor', ['x', 's'], attr)], (x) =>
      tf.image.resizeNearestNeighbor(image4(x), [7, 9], corners, half),
    );
  });

  test.each([
    ['SAME', [8, 12]],
    ['SAME', [7, 11]],
    ['VALID', [9, 13]],
  ] as const)('Conv2DBackpropInput, %s, to %s', async (padding, [height, width]) => {
    const kernel = numbers(3 * 3 * 5 * 8);
    const attr = { strides: ints(1, 2, 2, 1), padding: text(padding), data_format: text('NHWC') };
    await expectSame(
      image,
      { size: at(1, height, width, 5), k: [[3, 3, 5, 8], kernel] },
      [node('Conv2DBackpropInput', ['size', 'k', 'x'], attr)],
      (x) =>
        tf.conv2dTranspose(
          image4(x),
          tf.tensor4d(kernel, [3, 3, 5, 8]),
          [1, height, width, 5],
          2,
          padding.toLowerCase() as 'same' | 'valid',
        ),
    );
  });
});

test.each([
  [
    'a result that is not there',
    [node('Split', ['a', 'x'], { num_split: { i: '2' } }, 's'), node('Relu', ['s:2'])],
    'op-unsupported',
  ],
  ['parts that do not fill an axis', [node('Split', ['a', 'x'], { num_split: { i: '3' } })], 'op-shape'],
  ['millions of parts', [node('Split', ['a', 'x'], { num_split: { i: '99999999' } })], 'op-attribute'],
  ['a slice of nothing', [node('Slice', ['x', 'none', 'none'])], 'op-shape'],
  ['a shape from the input', [node('Reshape', ['x', 'x'])], 'not-constant'],
] as const)('refused: %s', async (_, nodes, code) => {
  const constants = { a: one(3, 'int32'), none: at(0, 0, 0, 0) };
  await expect(model(image, constants, nodes, ['y'])).rejects.toMatchObject({ code });
});
