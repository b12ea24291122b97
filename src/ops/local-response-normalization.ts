import { newData } from '../ir/graph.js';
import type { OpDef, Value } from './op.js';
import { demand, demandSameType, demandType } from './validate.js';

/** Each channel scaled by the squares of its neighbours; f32 in double. */
export const localResponseNormalization: OpDef<'local_response_normalization'> = {
  inputs: [1, 1],
  infer(node, [x], [y]) {
    const { radius } = node.attr;
    demandSameType(node, [x!, y!]);
    demandType(node, 'the input', x!, ['f32']);
    demand(node, x!.shape.length >= 1, 'op-shape', 'the input is a scalar');
    demand(node, Number.isInteger(radius) && radius >= 0, 'op-attribute', `radius ${radius}`);
    return [x!.shape];
  },
  run(node, inputs) {
    const x = inputs[0] as Value;
    const { radius, bias, alpha, beta } = node.attr;
    const depth = x.shape.at(-1)!;
    const out = newData('f32', x.data.length);
    for (let i = 0; i < out.length; i++) {
      const c = i % depth;
      let sum = 0;
      for (let k = Math.max(0, c - radius); k <= Math.min(depth - 1, c + radius); k++) sum += x.data[i - c + k]! ** 2;
      out[i] = x.data[i]! * (bias + alpha * sum) ** -beta;
    }
    return [out];
  },
  macs: () => 0,
};
