/** Elements and slices picked by indices; any type. */
import { elements, type NodeOf, newData, type OpKind, type Shape, type Tensor } from '../ir/graph.js';
import { offsets, stridesOf } from './broadcast.js';
import { demandIndices, onAxis, sliceOffset } from './indices.js';
import type { OpDef, Value } from './op.js';
import { sameQuantisation } from './quantised.js';
import { demand, demandAxis } from './validate.js';

type Place = { readonly op: OpKind; readonly from: string };

function checkMove(node: Place, x: Tensor, indices: Tensor, y: Tensor): void {
  demandIndices(node, indices);
  demand(node, sameQuantisation(x, y), 'op-type', 'input and output differ in type or parameters');
}

/** The first `count` axes of both are the same. */
function checkBatch(node: Place, x: Shape, indices: Shape, count: number): void {
  const same = count >= 0 && x.slice(0, count).every((d, i) => d === indices[i]);
  demand(node, same, 'op-shape', `[${x}] and [${indices}] differ within the first ${count} axes`);
}

function gatheredShape(node: NodeOf<'gather'>, x: Shape, indices: Shape): Shape {
  const { axis, batchDims } = node.attr;
  demandAxis(node, axis, x);
  demand(node, batchDims <= axis, 'op-attribute', `${batchDims} batch axes before axis ${axis}`);
  checkBatch(node, x, indices, batchDims);
  return [...x.slice(0, axis), ...indices.slice(batchDims), ...x.slice(axis + 1)];
}

/** Slices along an axis. */
export const gather: OpDef<'gather'> = {
  inputs: [2, 2],
  infer(node, [x, indices], [y]) {
    checkMove(node, x!, indices!, y!);
    return [gatheredShape(node, x!.shape, indices!.shape)];
  },
  run(node, inputs, [y]) {
    const [x, indices] = inputs as [Value, Value];
    const { axis, batchDims } = node.attr;
    const size = x.shape[axis]!;
    const inner = elements(x.shape.slice(axis + 1));
    const outer = elements(x.shape.slice(batchDims, axis));
    const picks = elements(indices.shape.slice(batchDims));
    const out = newData(y!.type, elements(y!.shape));
    for (let i = 0; i < out.length / inner; i++) {
      const line = Math.floor(i / picks);
      const pick = indices.data[Math.floor(line / outer) * picks + (i % picks)]!;
      const from = (line * size + onAxis(pick, size)) * inner;
      out.set(x.data.subarray(from, from + inner), i * inner);
    }
    return [out];
  },
  macs: () => 0,
};

function checkElements(node: Place & { attr: { axis: number } }, x: Tensor, indices: Tensor): void {
  const { axis } = node.attr;
  demandAxis(node, axis, x.shape);
  const fits = indices.shape.length === x.shape.length && indices.shape.every((d, i) => i === axis || d <= x.shape[i]!);
  demand(node, fits, 'op-shape', `indices [${indices.shape}] for [${x.shape}] along axis ${axis}`);
}

/** For every index in raster order, the element of x that it names. */
export function elementPlaces(x: Shape, indices: Value, axis: number): Int32Array {
  const strides = stridesOf(x);
  const rest = offsets(indices.shape, strides.with(axis, 0));
  return rest.map((at, i) => at + onAxis(indices.data[i]!, x[axis]!) * strides[axis]!);
}

/** Elements along an axis. */
export const gatherElements: OpDef<'gather_elements'> = {
  inputs: [2, 2],
  infer(node, [x, indices], [y]) {
    checkMove(node, x!, indices!, y!);
    checkElements(node, x!, indices!);
    return [indices!.shape];
  },
  run(node, inputs, [y]) {
    const [x, indices] = inputs as [Value, Value];
    const from = elementPlaces(x.shape, indices, node.attr.axis);
    const out = newData(y!.type, from.length);
    for (let i = 0; i < out.length; i++) out[i] = x.data[from[i]!]!;
    return [out];
  },
  macs: () => 0,
};

/** Slices named by all their coordinates. */
export const gatherNd: OpDef<'gather_nd'> = {
  inputs: [2, 2],
  infer(node, [x, indices], [y]) {
    const { batchDims } = node.attr;
    checkMove(node, x!, indices!, y!);
    checkBatch(node, x!.shape, indices!.shape, batchDims);
    const depth = indices!.shape.at(-1) ?? 0;
    const fits = indices!.shape.length > batchDims && batchDims + depth <= x!.shape.length;
    demand(node, fits, 'op-shape', `indices [${indices!.shape}] into [${x!.shape}]`);
    return [[...indices!.shape.slice(0, -1), ...x!.shape.slice(batchDims + depth)]];
  },
  run(node, inputs, [y]) {
    const [x, indices] = inputs as [Value, Value];
    const { batchDims } = node.attr;
    const depth = indices.shape.at(-1)!;
    const sizes = x.shape.slice(batchDims);
    const strides = stridesOf(x.shape).slice(batchDims);
    const slice = elements(x.shape.slice(batchDims + depth));
    const batch = elements(sizes);
    const picks = elements(indices.shape.slice(batchDims, -1));
    const out = newData(y!.type, elements(y!.shape));
    for (let i = 0; i < out.length / slice; i++) {
      const from = Math.floor(i / picks) * batch + sliceOffset(indices.data, i * depth, depth, sizes, strides);
      out.set(x.data.subarray(from, from + slice), i * slice);
    }
    return [out];
  },
  macs: () => 0,
};
