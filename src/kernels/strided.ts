/** Kernels that move elements of any type: strided reads, nearest neighbours, one-hot; and casts between types. */
import { type DType, elements, type NodeOf, newData, type Tensor } from '../ir/graph.js';
import { stridesOf } from '../ops/broadcast.js';
import { nearestIndices } from '../ops/resize-nearest.js';
import { tiledAxes } from '../ops/strided.js';
import { elementBytes, mergedWalks, type Walk, walkField } from './axes.js';
import type { Field, Kernel, Layer, Site } from './kernel.js';
import { siteArray } from './pack.js';

/** Axes that the C kernel loops over: NN_STRIDED_AXES. */
const mostAxes = 8;

/** The result in raster order: walks through the input, in elements, and the first element. */
interface Strided {
  readonly walks: readonly Walk[];
  readonly start: number;
}

type StridedOp = 'strided_slice' | 'tile' | 'broadcast_to';

const readers: { readonly [K in StridedOp]: (node: NodeOf<K>, x: Tensor, y: Tensor) => Strided } = {
  strided_slice({ attr }, x, y) {
    const strides = stridesOf(x.shape);
    return {
      walks: y.shape.map((size, axis) => [size, strides[axis]! * attr.strides[axis]!]),
      start: strides.reduce((sum, stride, axis) => sum + stride * attr.begin[axis]!, 0),
    };
  },
  tile({ attr }, x) {
    const { sizes, strides } = tiledAxes(x.shape, attr.multiples);
    return { walks: sizes.map((size, i) => [size, strides[i]!]), start: 0 };
  },
  broadcast_to(_, x, y) {
    const [strides, skip] = [stridesOf(x.shape), y.shape.length - x.shape.length];
    const stride = (axis: number) => (axis < skip || x.shape[axis - skip] === 1 ? 0 : strides[axis - skip]!);
    return { walks: y.shape.map((size, axis) => [size, stride(axis)]), start: 0 };
  },
};

/** Merged, the innermost as bytes that stay together. */
function stridedOf({ node, inputs, output }: Site): { walks: Walk[]; start: number; run: number } {
  const read = readers[node.op as StridedOp] as (node: Site['node'], x: Tensor, y: Tensor) => Strided;
  const { walks, start } = read(node, inputs[0]!, output);
  const merged = mergedWalks(walks);
  const width = elementBytes(output);
  const run = merged.at(-1)?.[1] === 1 ? merged.pop()![0] : 1;
  return { walks: merged.map(([size, stride]) => [size, stride * width]), start: start * width, run: run * width };
}

function stridedLayer(site: Site): Layer {
  const { walks, start, run } = stridedOf(site);
  return {
    struct: 'nn_strided_layer',
    fields: [
      walkField(site, 'axes', walks, mostAxes, '[axes][size, bytes from one to the next in x]'),
      { comment: 'bytes to the first element', values: [start] },
      { comment: 'runs, bytes of a run', values: [elements(walks.map(([size]) => size)), run] },
    ],
  };
}

const strided = (op: StridedOp): Kernel => ({
  symbol: 'nn_strided',
  file: 'nn_strided.h',
  op,
  needs: [],
  fits: (site) => stridedOf(site).walks.length <= mostAxes,
  layer: stridedLayer,
  cost: (site) => {
    const { walks, run } = stridedOf(site);
    return { instructions: elements(walks.map(([size]) => size)) * (20 + 12 * walks.length + run) };
  },
});

/** An axis of a resize: bytes into the input for every element of the output; and whether nothing changes along it. */
interface Places {
  readonly bytes: readonly number[];
  readonly plain: boolean;
}

/** Up to four axes, outermost first, and the bytes that stay together behind them. */
function resized(site: Site): { axes: Places[]; run: number } | undefined {
  const x = site.inputs[0]!;
  const width = elementBytes(x);
  const strides = stridesOf(x.shape);
  let axes: Places[] = [];
  nearestIndices(site.node as NodeOf<'resize_nearest'>, x, site.output).forEach((indices, axis) => {
    const bytes = indices.map((i) => i * strides[axis]! * width);
    const plain = indices.length === x.shape[axis] && indices.every((from, i) => from === i);
    const last = axes.at(-1);
    if (bytes.length === 1 && bytes[0] === 0) return;
    if (plain && last?.plain)
      axes = [...axes.slice(0, -1), { bytes: last.bytes.flatMap((at) => bytes.map((b) => at + b)), plain }];
    else axes.push({ bytes, plain });
  });
  const run = axes.at(-1)?.plain ? axes.pop()!.bytes.length : 1;
  return axes.length <= 4 ? { axes, run: run * width } : undefined;
}

function resizeLayer(site: Site): Layer {
  const { axes, run } = resized(site)!;
  const none: Places[] = Array.from({ length: 4 - axes.length }, () => ({ bytes: [0], plain: true }));
  const all = [...none, ...axes];
  const table = ({ bytes }: Places, i: number): Field => {
    const name = `axis_${'abcd'[i]}`;
    return { comment: name, values: [siteArray(site, name, 'int32_t', bytes, '[elements of y] bytes into x')] };
  };
  return {
    struct: 'nn_resize_nearest_layer',
    fields: [
      { comment: 'sizes', values: all.map(({ bytes }) => bytes.length) },
      ...all.map(table),
      { comment: 'bytes that stay together', values: [run] },
    ],
  };
}

const resizeNearest: Kernel = {
  symbol: 'nn_resize_nearest',
  file: 'nn_resize_nearest.h',
  op: 'resize_nearest',
  needs: [],
  fits: (site) => resized(site) !== undefined,
  layer: resizeLayer,
  cost: ({ output }) => ({ instructions: 6 * elements(output.shape) }),
};

/** A stored value as the bytes of one element. */
function valueArray(site: Site, name: string, value: number): Field {
  const bytes = new Uint8Array(newData(site.output.type, 1).fill(value).buffer);
  return { comment: name, values: [siteArray(site, name, 'uint8_t', bytes, 'one element, little endian')] };
}

const oneHot: Kernel = {
  symbol: 'nn_one_hot',
  file: 'nn_one_hot.h',
  op: 'one_hot',
  needs: [],
  fits: () => true,
  layer(site) {
    const { axis, on, off } = (site.node as NodeOf<'one_hot'>).attr;
    const { shape } = site.output;
    const sizes = [elements(shape.slice(0, axis)), shape[axis]!, elements(shape.slice(axis + 1))];
    return {
      struct: 'nn_one_hot_layer',
      fields: [
        { comment: 'outer, depth, inner', values: sizes },
        valueArray(site, 'on', on),
        valueArray(site, 'off', off),
        { comment: 'bytes of an element', values: [elementBytes(site.output)] },
      ],
    };
  },
  cost: ({ output }) => ({ instructions: 15 * elements(output.shape) }),
};

/** Truth values are bytes of 0 and 1. */
const castRow = (from: DType, to: DType): Kernel => ({
  symbol: `nn_cast_${from}_${to}`,
  file: 'nn_cast.h',
  op: 'cast',
  needs: [],
  fits: ({ inputs: [x], output }) => (x!.type === 'bool' ? 'u8' : x!.type) === from && output.type === to,
  layer: ({ output }) => ({
    struct: 'nn_cast_layer',
    fields: [{ comment: 'elements', values: [elements(output.shape)] }],
  }),
  cost: ({ output }) => ({ instructions: 8 * elements(output.shape) }),
});

/** The same bytes. */
const castCopy: Kernel = {
  symbol: 'nn_copy',
  file: 'nn_copy.h',
  op: 'cast',
  needs: [],
  fits: ({ inputs: [x], output }) => x!.type === output.type || (x!.type === 'bool' && output.type === 'u8'),
  layer: ({ output }) => ({
    struct: 'nn_copy_layer',
    fields: [{ comment: 'bytes', values: [elements(output.shape) * elementBytes(output)] }],
  }),
  overlap: () => 0,
  cost: ({ output }) => ({ instructions: elements(output.shape) }),
};

const froms: readonly DType[] = ['f32', 's8', 'u8', 's16', 's32'];

export const stridedRows: readonly Kernel[] = [
  strided('strided_slice'),
  strided('tile'),
  strided('broadcast_to'),
  resizeNearest,
  oneHot,
  ...froms.flatMap((from) => [...froms, 'bool' as const].filter((to) => to !== from).map((to) => castRow(from, to))),
  castCopy,
];
