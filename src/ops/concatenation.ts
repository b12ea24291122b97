import { elements, type NodeOf, newData, type Shape, type Tensor, type TensorData } from '../ir/graph.js';
import { clamp } from '../support/fixed.js';
import type { OpDef, Value } from './op.js';
import { activationRange, activationRangeF32, sameQuantisation } from './quantised.js';
import { demand, demandActivation, demandAxis, demandSameType } from './validate.js';

function joined(node: NodeOf<'concatenation'>, inputs: readonly Tensor[]): Shape {
  const { axis } = node.attr;
  const first = inputs[0]!.shape;
  demandAxis(node, axis, first);
  for (const { shape } of inputs) {
    const fits = shape.length === first.length && shape.every((d, i) => i === axis || d === first[i]);
    demand(node, fits, 'op-shape', `[${shape}] cannot be joined to [${first}] along axis ${axis}`);
  }
  const length = inputs.reduce((sum, t) => sum + t.shape[axis]!, 0);
  return first.map((d, i) => (i === axis ? length : d));
}

function activate(data: TensorData, { attr: { act } }: NodeOf<'concatenation'>, y: Tensor): TensorData {
  if (act === 'none') return data;
  const [least, most] = y.type === 'f32' ? activationRangeF32(act) : activationRange(act, y);
  return data.map((v) => clamp(v, least, most));
}

/** Stored values side by side, as TFLite Micro; any type. Quantised operands share the output's parameters. */
export const concatenation: OpDef<'concatenation'> = {
  inputs: [1, Number.POSITIVE_INFINITY],
  infer(node, inputs, [y]) {
    demandActivation(node, node.attr.act);
    demandSameType(node, [...inputs, y!]);
    const alike = inputs.every((t) => sameQuantisation(t, y!));
    const hint = 'quantise its inputs to the parameters of the output first';
    demand(node, alike, 'op-quant', 'an input differs from the output in scale or zero point', hint);
    const fuses = node.attr.act === 'none' || ['f32', 's8', 'u8', 's16'].includes(y!.type);
    demand(node, fuses, 'op-type', `no activation on ${y!.type}`);
    return [joined(node, inputs)];
  },
  run(node, inputs, [y]) {
    const { axis } = node.attr;
    const out = newData(y!.type, elements(y!.shape));
    const block = elements(y!.shape.slice(axis));
    let at = 0;
    for (const x of inputs as readonly Value[]) {
      const run = elements(x.shape.slice(axis));
      for (let i = 0; i * run < x.data.length; i++) out.set(x.data.subarray(i * run, (i + 1) * run), i * block + at);
      at += run;
    }
    return [activate(out, node, y!)];
  },
  macs: () => 0,
};
