import { elements, newData, type Tensor } from '../ir/graph.js';
import { broadcastOffsets, broadcastShape } from './broadcast.js';
import type { OpDef, Value } from './op.js';
import { sameQuantisation } from './quantised.js';
import { demand, demandSameType, demandType, unfit } from './validate.js';

/** Elements of one tensor or the other; any type. */
export const select: OpDef<'select'> = {
  inputs: [3, 3],
  infer(node, inputs, [y]) {
    const [condition, a, b] = inputs as [Tensor, Tensor, Tensor];
    demandType(node, 'the condition', condition, ['bool']);
    demandSameType(node, [a, b, y!]);
    const alike = sameQuantisation(a, y!) && sameQuantisation(b, y!);
    demand(node, alike, 'op-quant', 'operands and result differ in scale or zero point');
    const both = broadcastShape(a.shape, b.shape);
    const shape = both && broadcastShape(both, condition.shape);
    if (!shape)
      throw unfit(node, 'op-shape', `shapes [${condition.shape}], [${a.shape}] and [${b.shape}] do not combine`);
    return [shape];
  },
  run(_, inputs, [y]) {
    const [condition, a, b] = inputs as [Value, Value, Value];
    const [fromC, fromA, fromB] = [condition, a, b].map((t) => broadcastOffsets(t.shape, y!.shape));
    const out = newData(y!.type, elements(y!.shape));
    for (let i = 0; i < out.length; i++)
      out[i] = condition.data[fromC![i]!] ? a.data[fromA![i]!]! : b.data[fromB![i]!]!;
    return [out];
  },
  macs: () => 0,
};
