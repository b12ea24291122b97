import { elements } from '../ir/graph.js';
import type { OpDef, Value } from './op.js';
import { demand, demandSameType } from './validate.js';

/** The same stored values under another shape; any type. */
export const reshape: OpDef<'reshape'> = {
  inputs: [1, 1],
  infer(node, [x], [y]) {
    demandSameType(node, [x!, y!]);
    const fits = elements(x!.shape) === elements(y!.shape);
    demand(node, fits, 'op-shape', `[${x!.shape}] cannot become [${y!.shape}]`);
    return [y!.shape];
  },
  run: (_, [x]) => [(x as Value).data.slice()],
  macs: () => 0,
};
