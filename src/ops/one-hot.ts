import { elements, newData } from '../ir/graph.js';
import { demandIndices } from './indices.js';
import type { OpDef, Value } from './op.js';
import { demand, demandAxis } from './validate.js';

/** One value at the place that an index names, another elsewhere; any type. Indices beyond the axis name no place. */
export const oneHot: OpDef<'one_hot'> = {
  inputs: [1, 1],
  infer(node, [indices], [y]) {
    const { axis } = node.attr;
    demandIndices(node, indices!);
    demandAxis(node, axis, y!.shape);
    const rest = y!.shape.filter((_, i) => i !== axis);
    demand(node, `${rest}` === `${indices!.shape}`, 'op-shape', `[${indices!.shape}] to [${y!.shape}], axis ${axis}`);
    return [y!.shape];
  },
  run(node, inputs, [y]) {
    const indices = inputs[0] as Value;
    const { axis, on, off } = node.attr;
    const depth = y!.shape[axis]!;
    const inner = elements(y!.shape.slice(axis + 1));
    const out = newData(y!.type, elements(y!.shape)).fill(off);
    indices.data.forEach((index, i) => {
      const at = index < 0 ? index + depth : index;
      if (at >= 0 && at < depth) out[(Math.floor(i / inner) * depth + at) * inner + (i % inner)] = on;
    });
    return [out];
  },
  macs: () => 0,
};
