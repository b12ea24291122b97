/** Elements and slices put where indices say, in the order of the updates. */
import { elements, type OpKind, type ScatterFn, type Shape, type Tensor, type TensorData } from '../ir/graph.js';
import { stridesOf } from './broadcast.js';
import { elementPlaces } from './gather.js';
import { demandIndices, sliceOffset } from './indices.js';
import type { OpDef, Value } from './op.js';
import { sameQuantisation } from './quantised.js';
import { demand, demandAxis } from './validate.js';

const laws: Readonly<Record<ScatterFn, (old: number, update: number) => number>> = {
  none: (_, v) => v,
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  max: Math.max,
  min: Math.min,
};

/** Whole numbers wrap. */
const lawOf = (fn: ScatterFn, type: Tensor['type']) => (fn === 'mul' && type !== 'f32' ? Math.imul : laws[fn]);

type Place = { readonly op: OpKind; readonly from: string; readonly attr: { readonly fn: ScatterFn } };

function check(node: Place, [x, indices, updates]: readonly Tensor[], y: Tensor): void {
  demandIndices(node, indices!);
  const alike = sameQuantisation(x!, y) && sameQuantisation(updates!, y);
  demand(node, alike, 'op-type', 'operands and result differ in type or parameters');
  const combines = node.attr.fn === 'none' || !x!.quant;
  demand(node, combines, 'op-type', `${node.attr.fn} of quantised values`);
}

const same = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

export const scatterElements: OpDef<'scatter_elements'> = {
  inputs: [3, 3],
  infer(node, inputs, [y]) {
    const [x, indices, updates] = inputs as [Tensor, Tensor, Tensor];
    check(node, inputs, y!);
    demandAxis(node, node.attr.axis, x.shape);
    const fits = same(indices.shape, updates.shape) && indices.shape.length === x.shape.length;
    demand(node, fits, 'op-shape', `indices [${indices.shape}], updates [${updates.shape}] for [${x.shape}]`);
    return [x.shape];
  },
  run(node, inputs) {
    const [x, indices, updates] = inputs as [Value, Value, Value];
    const law = lawOf(node.attr.fn, x.type);
    const to = elementPlaces(x.shape, indices, node.attr.axis);
    const out = x.data.slice();
    for (let i = 0; i < to.length; i++) out[to[i]!] = law(out[to[i]!]!, updates.data[i]!);
    return [out];
  },
  macs: () => 0,
};

export const scatterNd: OpDef<'scatter_nd'> = {
  inputs: [3, 3],
  infer(node, inputs, [y]) {
    const [x, indices, updates] = inputs as [Tensor, Tensor, Tensor];
    check(node, inputs, y!);
    const depth = indices.shape.at(-1) ?? 0;
    const fits = depth >= 1 && depth <= x.shape.length;
    demand(node, fits, 'op-shape', `indices [${indices.shape}] into [${x.shape}]`);
    const wanted = [...indices.shape.slice(0, -1), ...x.shape.slice(depth)];
    demand(node, same(updates.shape, wanted), 'op-shape', `updates [${updates.shape}] instead of [${wanted}]`);
    return [x.shape];
  },
  run(node, inputs) {
    const [x, indices, updates] = inputs as [Value, Value, Value];
    const law = lawOf(node.attr.fn, x.type);
    const depth = indices.shape.at(-1)!;
    const strides = stridesOf(x.shape);
    const slice = elements(x.shape.slice(depth));
    const out: TensorData = x.data.slice();
    for (let i = 0; i < updates.data.length; i++) {
      const first = sliceOffset(indices.data, Math.floor(i / slice) * depth, depth, x.shape, strides);
      out[first + (i % slice)] = law(out[first + (i % slice)]!, updates.data[i]!);
    }
    return [out];
  },
  macs: () => 0,
};
