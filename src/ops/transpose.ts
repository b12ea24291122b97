import { newData } from '../ir/graph.js';
import { offsets, stridesOf } from './broadcast.js';
import type { OpDef, Value } from './op.js';
import { demand, demandSameType } from './validate.js';

/** Axis i of the output is axis perm[i] of the input; any type. */
export const transpose: OpDef<'transpose'> = {
  inputs: [1, 1],
  infer(node, [x], [y]) {
    const { perm } = node.attr;
    const sorted = [...perm].sort((a, b) => a - b);
    const fits = perm.length === x!.shape.length && sorted.every((axis, i) => axis === i);
    demand(node, fits, 'op-attribute', `[${perm}] is no permutation of ${x!.shape.length} axes`);
    demandSameType(node, [x!, y!]);
    return [perm.map((axis) => x!.shape[axis]!)];
  },
  run(node, inputs) {
    const x = inputs[0] as Value;
    const { perm } = node.attr;
    const strides = stridesOf(x.shape);
    const from = offsets(
      perm.map((axis) => x.shape[axis]!),
      perm.map((axis) => strides[axis]!),
    );
    const out = newData(x.type, x.data.length);
    for (let i = 0; i < out.length; i++) out[i] = x.data[from[i]!]!;
    return [out];
  },
  macs: () => 0,
};
