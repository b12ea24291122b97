import { elements, type NodeOf, newData, type Shape } from '../ir/graph.js';
import { offsets, stridesOf } from './broadcast.js';
import type { OpDef, Value } from './op.js';
import { typeRange } from './quantised.js';
import { demand, demandSameType } from './validate.js';

const padded = (node: NodeOf<'pad'>, shape: Shape): Shape =>
  shape.map((d, axis) => node.attr.before[axis]! + d + node.attr.after[axis]!);

/** x inside a border of one stored value; any type. */
export const pad: OpDef<'pad'> = {
  inputs: [1, 1],
  infer(node, [x], [y]) {
    const { before, after, value } = node.attr;
    const rank = x!.shape.length;
    const whole = [...before, ...after].every((n) => Number.isInteger(n) && n >= 0);
    const fits = before.length === rank && after.length === rank && whole;
    demand(
      node,
      fits,
      'op-attribute',
      `padding [${before}] and [${after}] does not fit a tensor with ${rank} dimensions`,
    );
    demandSameType(node, [x!, y!]);
    const [least, most] = typeRange(x!.type);
    const stored =
      x!.type === 'f32' ? Number.isFinite(value) : Number.isInteger(value) && value >= least && value <= most;
    demand(node, stored, 'op-attribute', `the padding value ${value} is no ${x!.type}`);
    return [padded(node, x!.shape)];
  },
  run(node, inputs) {
    const x = inputs[0] as Value;
    const shape = padded(node, x.shape);
    const strides = stridesOf(shape);
    const start = strides.reduce((sum, stride, axis) => sum + stride * node.attr.before[axis]!, 0);
    const to = offsets(x.shape, strides);
    const out = newData(x.type, elements(shape)).fill(node.attr.value);
    for (let i = 0; i < to.length; i++) out[start + to[i]!] = x.data[i]!;
    return [out];
  },
  macs: () => 0,
};
