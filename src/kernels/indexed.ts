/** Kernels whose reads or writes go where indices say, and those that look for positions along an axis. */
import { type DType, elements, type NodeOf, type Shape, tensorBytes } from '../ir/graph.js';
import { stridesOf } from '../ops/broadcast.js';
import { elementBytes } from './axes.js';
import type { Field, Kernel, Layer, Site } from './kernel.js';
import { siteArray } from './pack.js';

const attrOf = <K extends 'gather' | 'gather_nd' | 'gather_elements' | 'scatter_elements' | 'scatter_nd'>(site: Site) =>
  (site.node as NodeOf<K>).attr;

const perElement = (instructions: number) => (site: Site) => ({
  instructions: instructions * elements(site.output.shape),
});

function gatherLayer(site: Site): Layer {
  const { axis, batchDims } = attrOf<'gather'>(site);
  const [x, indices] = [site.inputs[0]!, site.inputs[1]!];
  return {
    struct: 'nn_gather_layer',
    fields: [
      { comment: 'batches', values: [elements(x.shape.slice(0, batchDims))] },
      {
        comment: 'lines of a batch, size of the axis',
        values: [elements(x.shape.slice(batchDims, axis)), x.shape[axis]!],
      },
      { comment: 'indices of a batch', values: [elements(indices.shape.slice(batchDims))] },
      { comment: 'bytes of a slice', values: [tensorBytes({ shape: x.shape.slice(axis + 1), type: x.type })] },
    ],
  };
}

/** Size of each axis that a tuple names, and units from one to the next. */
function tupleAxes(site: Site, shape: Shape, from: number, depth: number, unit: number): Field {
  const strides = stridesOf(shape);
  const axes = Array.from({ length: depth }, (_, c) => [shape[from + c]!, strides[from + c]! * unit]).flat();
  return { comment: 'axes', values: [siteArray(site, 'axes', 'int32_t', axes, '[axes][size, from one to the next]')] };
}

function gatherNdLayer(site: Site): Layer {
  const { batchDims } = attrOf<'gather_nd'>(site);
  const [x, indices] = [site.inputs[0]!, site.inputs[1]!];
  const depth = indices.shape.at(-1)!;
  const bytes = (from: number) => tensorBytes({ shape: x.shape.slice(from), type: x.type });
  return {
    struct: 'nn_gather_nd_layer',
    fields: [
      { comment: 'batches, bytes of one', values: [elements(x.shape.slice(0, batchDims)), bytes(batchDims)] },
      { comment: 'tuples of a batch, indices of one', values: [elements(indices.shape.slice(batchDims, -1)), depth] },
      { comment: 'bytes of a slice', values: [bytes(batchDims + depth)] },
      tupleAxes(site, x.shape, batchDims, depth, elementBytes(x)),
    ],
  };
}

/** Axes that the C kernels loop over: NN_ELEMENTS_AXES. */
const elementAxes = 8;

function elementFields(site: Site): Field[] {
  const { axis } = attrOf<'gather_elements'>(site);
  const [x, indices] = [site.inputs[0]!, site.inputs[1]!];
  const strides = stridesOf(x.shape);
  const none = Array.from({ length: elementAxes - x.shape.length }, () => [1, 0]);
  const axes = indices.shape.map((size, i) => [size, i === axis ? 0 : strides[i]!]);
  const layout = '[axes][size, elements from one to the next]';
  return [
    { comment: 'axes of the indices', values: [siteArray(site, 'axes', 'int32_t', [...none, ...axes].flat(), layout)] },
    { comment: 'indices', values: [elements(indices.shape)] },
    { comment: 'the axis: size, elements from one to the next', values: [x.shape[axis]!, strides[axis]!] },
    { comment: 'bytes of an element', values: [elementBytes(x)] },
  ];
}

const laws = ['none', 'add', 'mul', 'max', 'min'] as const;
const lawField = (site: Site): Field => {
  const { fn } = attrOf<'scatter_nd'>(site);
  return { comment: `law: ${fn}`, values: [laws.indexOf(fn)] };
};

const scatterElementsLayer = (site: Site): Layer => ({
  struct: 'nn_scatter_elements_layer',
  fields: [...elementFields(site), { comment: 'elements', values: [elements(site.output.shape)] }, lawField(site)],
});

function scatterNdLayer(site: Site): Layer {
  const [x, indices] = [site.inputs[0]!, site.inputs[1]!];
  const depth = indices.shape.at(-1)!;
  return {
    struct: 'nn_scatter_nd_layer',
    fields: [
      tupleAxes(site, x.shape, 0, depth, 1),
      { comment: 'tuples, indices of one', values: [elements(indices.shape) / depth, depth] },
      { comment: 'elements of a slice, of all', values: [elements(x.shape.slice(depth)), elements(x.shape)] },
      { comment: 'bytes of an element', values: [elementBytes(x)] },
      lawField(site),
    ],
  };
}

/** Without a law any type; with one, numbers of 32 bits. */
const scatterRow = (op: 'scatter_elements' | 'scatter_nd', type?: 'f32' | 's32'): Kernel => ({
  symbol: `nn_${op}${type ? `_${type}` : ''}`,
  file: 'nn_scatter.h',
  op,
  needs: [],
  fits: (site) =>
    (type
      ? attrOf<'scatter_nd'>(site).fn !== 'none' && site.output.type === type
      : attrOf<'scatter_nd'>(site).fn === 'none') && site.output.shape.length <= elementAxes,
  layer: op === 'scatter_nd' ? scatterNdLayer : scatterElementsLayer,
  cost: (site) => ({ instructions: 2 * elements(site.output.shape) + 40 * elements(site.inputs[2]!.shape) }),
});

type Along = NodeOf<'arg_max'> | NodeOf<'arg_min'> | NodeOf<'top_k'> | NodeOf<'cumsum'>;

/** x as [outer][size][inner]. */
function around(site: Site): Field {
  const { axis } = (site.node as Along).attr;
  const { shape } = site.inputs[0]!;
  return {
    comment: 'outer, size, inner',
    values: [elements(shape.slice(0, axis)), shape[axis]!, elements(shape.slice(axis + 1))],
  };
}

const alongLayer = (site: Site, sign: number, last: boolean, k: number): Layer => ({
  struct: 'nn_along_layer',
  fields: [around(site), { comment: 'the greatest (1) or least; the last; how many', values: [sign, last ? 1 : 0, k] }],
});

const isType = (site: Site, type: DType): boolean => site.inputs[0]!.type === type;

const argRow = (op: 'arg_max' | 'arg_min', type: DType): Kernel => ({
  symbol: `nn_arg_${type}`,
  file: 'nn_along.h',
  op,
  needs: [],
  fits: (site) => isType(site, type),
  layer: (site) => alongLayer(site, op === 'arg_max' ? 1 : -1, (site.node as NodeOf<'arg_max'>).attr.last, 1),
  cost: (site) => ({ instructions: 8 * elements(site.inputs[0]!.shape) }),
});

const topK = (result: 'values' | 'indices', type: DType): Kernel => ({
  symbol: `nn_top_k_${result}_${type}`,
  file: 'nn_along.h',
  op: 'top_k',
  needs: [],
  fits: (site) => isType(site, type) && (site.node as NodeOf<'top_k'>).attr.result === result,
  layer: (site) => {
    const { k, largest } = (site.node as NodeOf<'top_k'>).attr;
    return alongLayer(site, largest ? 1 : -1, false, k);
  },
  cost: (site) => ({
    instructions: 10 * elements(site.inputs[0]!.shape) * (1 + Math.log2(1 + (site.node as NodeOf<'top_k'>).attr.k)),
  }),
});

const cumsum = (type: 'f32' | 's32'): Kernel => ({
  symbol: `nn_cumsum_${type}`,
  file: 'nn_along.h',
  op: 'cumsum',
  needs: [],
  fits: (site) => isType(site, type),
  layer: (site) => {
    const { exclusive, reverse } = (site.node as NodeOf<'cumsum'>).attr;
    const flags = { comment: 'exclusive, reverse', values: [exclusive ? 1 : 0, reverse ? 1 : 0] };
    return { struct: 'nn_cumsum_layer', fields: [around(site), flags] };
  },
  cost: perElement(12),
});

const gatherRow = (op: 'gather' | 'gather_nd' | 'gather_elements', layer: (site: Site) => Layer): Kernel => ({
  symbol: `nn_${op}`,
  file: 'nn_gather.h',
  op,
  needs: [],
  fits: (site) => site.inputs[0]!.shape.length <= elementAxes,
  layer,
  cost: perElement(op === 'gather_elements' ? 60 : 10),
});

const types: readonly DType[] = ['f32', 's8', 's16', 's32'];

/** Gathers, scatters, positions, running sums. */
export const indexed: readonly Kernel[] = [
  gatherRow('gather', gatherLayer),
  gatherRow('gather_nd', gatherNdLayer),
  gatherRow('gather_elements', (site) => ({ struct: 'nn_gather_elements_layer', fields: elementFields(site) })),
  ...(['scatter_elements', 'scatter_nd'] as const).flatMap((op) => [
    scatterRow(op),
    scatterRow(op, 'f32'),
    scatterRow(op, 's32'),
  ]),
  ...types.flatMap((t) => [argRow('arg_max', t), argRow('arg_min', t), topK('values', t), topK('indices', t)]),
  cumsum('f32'),
  cumsum('s32'),
];
