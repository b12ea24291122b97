import { newData } from '../ir/graph.js';
import type { OpDef, Value } from './op.js';
import { demand, demandSameType, demandType } from './validate.js';

/** Logarithm of softmax along the last axis; f32 in double. */
export const logSoftmax: OpDef<'log_softmax'> = {
  inputs: [1, 1],
  infer(node, [x], [y]) {
    demandSameType(node, [x!, y!]);
    demandType(node, 'the input', x!, ['f32']);
    demand(node, x!.shape.length >= 1, 'op-shape', 'the input is a scalar');
    return [x!.shape];
  },
  run(_, inputs) {
    const x = inputs[0] as Value;
    const depth = x.shape.at(-1)!;
    const out = newData('f32', x.data.length);
    for (let start = 0; start < out.length; start += depth) {
      const row = Array.from(x.data.subarray(start, start + depth));
      const most = Math.max(...row);
      const log = Math.log(row.reduce((sum, v) => sum + Math.exp(v - most), 0));
      for (let i = 0; i < depth; i++) out[start + i] = row[i]! - most - log;
    }
    return [out];
  },
  macs: () => 0,
};
