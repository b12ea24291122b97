/** Kernels that only move elements, of any type. */
import { elements, type NodeOf, newData, type Tensor, tensorBytes } from '../ir/graph.js';
import { stridesOf } from '../ops/broadcast.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { siteArray } from './pack.js';

/** Bytes of an element. */
const widthOf = (t: Tensor): number => tensorBytes({ shape: [], type: t.type });

const copyLayer = ({ output }: Site): Layer => ({
  struct: 'nn_copy_layer',
  fields: [{ comment: 'bytes', values: [tensorBytes(output)] }],
});

/** Does a transpose leave the order of elements as it is? */
function keepsOrder({ node, inputs }: Site): boolean {
  const { perm } = (node as NodeOf<'transpose'>).attr;
  const moved = perm.filter((axis) => inputs[0]!.shape[axis]! > 1);
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
}

const copyRow = (op: 'reshape' | 'transpose' | 'concatenation', fits: (site: Site) => boolean): Kernel => ({
  symbol: 'nn_copy',
  file: 'nn_copy.h',
  op,
  needs: [],
  fits,
  layer: copyLayer,
  overlap: () => 0,
  cost: ({ output }) => ({ instructions: Math.round(0.6 * tensorBytes(output)) + 20 }),
});

const isPlain = ({ node }: Site): boolean => (node as NodeOf<'concatenation'>).attr.act === 'none';

/** Axes that the C kernels loop over: NN_TRANSPOSE_AXES. */
const transposeAxes = 5;

/** Axes of the output, neighbours that stay neighbours merged: size, elements from one to the next in the input. */
function transposedAxes({ node, inputs }: Site): [size: number, stride: number][] {
  const { perm } = (node as NodeOf<'transpose'>).attr;
  const x = inputs[0]!.shape;
  const strides = stridesOf(x);
  const merged: [number, number][] = [];
  for (const axis of perm) {
    const [size, stride] = [x[axis]!, strides[axis]!];
    const last = merged.at(-1);
    if (size === 1) continue;
    if (last && last[1] === stride * size) merged[merged.length - 1] = [last[0] * size, stride];
    else merged.push([size, stride]);
  }
  return merged;
}

function transposeLayer(site: Site): Layer {
  const width = widthOf(site.output);
  const axes = transposedAxes(site).map(([size, stride]) => [size, stride * width]);
  const none = Array.from({ length: transposeAxes - axes.length }, () => [1, 0]);
  const layout = '[axes][size, bytes from one to the next in x]';
  return {
    struct: 'nn_transpose_layer',
    fields: [
      {
        comment: 'axes of the output',
        values: [siteArray(site, 'axes', 'int32_t', [...none, ...axes].flat(), layout)],
      },
      { comment: 'bytes of an element', values: [width] },
    ],
  };
}

/** Axes in another order. Reads jump about, so the output stays clear of the input. */
const transpose: Kernel = {
  symbol: 'nn_transpose',
  file: 'nn_transpose.h',
  op: 'transpose',
  needs: [],
  fits: (site) => transposedAxes(site).length <= transposeAxes,
  layer: transposeLayer,
  cost: ({ output }) => ({ instructions: 8 * elements(output.shape) }),
};

/** Axes that the C kernels loop over: NN_PAD_AXES. */
const padAxes = 5;

/** [before, size, after] per axis; axes without a border merged into the one before; the last in bytes. */
function paddedAxes({ node, inputs }: Site): [number, number, number][] {
  const { before, after } = (node as NodeOf<'pad'>).attr;
  const merged: [number, number, number][] = [];
  inputs[0]!.shape.forEach((size, i) => {
    const last = merged.at(-1);
    if (last && before[i] === 0 && after[i] === 0)
      merged[merged.length - 1] = [last[0] * size, last[1] * size, last[2] * size];
    else merged.push([before[i]!, size, after[i]!]);
  });
  const last = merged.pop() ?? [0, 1, 0];
  const width = widthOf(inputs[0]!);
  return [...merged, [last[0] * width, last[1] * width, last[2] * width]];
}

function padLayer(site: Site): Layer {
  const axes = paddedAxes(site);
  const none = Array.from({ length: padAxes - axes.length }, () => [0, 1, 0]);
  const value = newData(site.output.type, 1).fill((site.node as NodeOf<'pad'>).attr.value);
  const bytes = new Uint8Array(value.buffer);
  const layout = '[axes][before, size, after]';
  return {
    struct: 'nn_pad_layer',
    fields: [
      {
        comment: 'border and size of each axis, the last in bytes',
        values: [siteArray(site, 'axes', 'int32_t', [...none, ...axes].flat(), layout)],
      },
      {
        comment: 'value of the border',
        values: [siteArray(site, 'value', 'uint8_t', bytes, 'one element, little endian')],
      },
      { comment: 'bytes of an element', values: [bytes.length] },
    ],
  };
}

/** Row by row; borders are filled as they come. */
function padDistance(site: Site): number {
  const axes = paddedAxes(site);
  const steps = stridesOf(axes.map(([before, size, after]) => before + size + after));
  const order = new AccessOrder();
  const [before, row, after] = axes.at(-1)!;
  let [read, at] = [0, 0];
  const visit = (axis: number): void => {
    if (axis === axes.length - 1) {
      order.read(read);
      read += row;
      at += before + row + after;
      order.write(at);
      return;
    }
    at += axes[axis]![0] * steps[axis]!;
    order.write(at);
    for (let i = 0; i < axes[axis]![1]; i++) visit(axis + 1);
    at += axes[axis]![2] * steps[axis]!;
    order.write(at);
  };
  visit(0);
  return order.distance;
}

const pad: Kernel = {
  symbol: 'nn_pad',
  file: 'nn_pad.h',
  op: 'pad',
  needs: [],
  fits: (site) => paddedAxes(site).length <= padAxes,
  layer: padLayer,
  overlap: padDistance,
  cost: ({ output }) => ({ instructions: 2 * tensorBytes(output) + 100 }),
};

/** Bytes of one row of each operand. */
function parts({ node, inputs }: Site): number[] {
  const { axis } = (node as NodeOf<'concatenation'>).attr;
  return inputs.map((t) => elements(t.shape.slice(axis)) * widthOf(t));
}

const rowsOf = (site: Site): number =>
  elements(site.output.shape.slice(0, (site.node as NodeOf<'concatenation'>).attr.axis));

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function concatenationLayer(site: Site): Layer {
  const bytes = parts(site);
  return {
    struct: 'nn_concatenation_layer',
    fields: [
      { comment: 'rows, bytes of a row', values: [rowsOf(site), sum(bytes)] },
      {
        comment: 'bytes of a row of each operand',
        values: [siteArray(site, 'parts', 'int32_t', bytes, '[operands]')],
      },
    ],
  };
}

/** Rows of the result in order, each operand's part moved as a whole. */
function concatenationDistance(site: Site, index: number): number {
  const bytes = parts(site);
  const order = new AccessOrder();
  for (let row = 0; row < rowsOf(site); row++) {
    const start = row * sum(bytes);
    order.write(start + sum(bytes.slice(0, index)));
    order.read(row * bytes[index]!);
    order.write(start + sum(bytes));
  }
  return order.distance;
}

/** One C function per number of operands. */
const concatenation = (operands: number): Kernel => ({
  symbol: `nn_concatenation_${operands}`,
  file: 'nn_concatenation.h',
  op: 'concatenation',
  needs: [],
  fits: (site) => site.inputs.length === operands && isPlain(site),
  layer: concatenationLayer,
  overlap: concatenationDistance,
  cost: (site) => ({ instructions: tensorBytes(site.output) + 30 * rowsOf(site) * operands }),
});

/** Copies, borders, transposes, concatenations. */
export const move: readonly Kernel[] = [
  copyRow('reshape', () => true),
  copyRow('transpose', keepsOrder),
  copyRow('concatenation', (site) => site.inputs.length === 1 && isPlain(site)),
  pad,
  transpose,
  ...[2, 3, 4, 5, 6, 7, 8].map(concatenation),
];
