/** Ops that walk along one axis: positions of extremes, running sums, the greatest few. */
import { elements, type NodeOf, newData, type Shape, type Tensor, type TensorData } from '../ir/graph.js';
import type { OpDef, Value } from './op.js';
import { sameQuantisation } from './quantised.js';
import { demand, demandAxis, demandSameType, demandType } from './validate.js';

/** A tensor around one axis: [outer][size][inner]. */
export interface Around {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

/** What lies before, along and behind an axis. */
export const around = (shape: Shape, axis: number): Around => ({
  outer: elements(shape.slice(0, axis)),
  size: shape[axis]!,
  inner: elements(shape.slice(axis + 1)),
});

/** Calls `visit` for every line along the axis: its number, its first element, and the elements from one to the next. */
function eachLine({ outer, size, inner }: Around, visit: (line: number, start: number, step: number) => void): void {
  for (let o = 0; o < outer; o++) for (let i = 0; i < inner; i++) visit(o * inner + i, o * size * inner + i, inner);
}

function extreme(x: TensorData, start: number, step: number, size: number, sign: 1 | -1, last: boolean): number {
  let best = 0;
  for (let i = 1; i < size; i++) {
    const lead = sign * (x[start + i * step]! - x[start + best * step]!);
    if (lead > 0 || (last && lead === 0)) best = i;
  }
  return best;
}

const argOp = <K extends 'arg_max' | 'arg_min'>(sign: 1 | -1): OpDef<K> => ({
  inputs: [1, 1],
  infer(node, [x], [y]) {
    const { axis, keepDims } = node.attr;
    demandAxis(node, axis, x!.shape);
    demandType(node, 'the output', y!, ['s32']);
    return [keepDims ? x!.shape.with(axis, 1) : x!.shape.filter((_, i) => i !== axis)];
  },
  run(node, inputs) {
    const x = inputs[0] as Value;
    const lines = around(x.shape, node.attr.axis);
    const out = new Int32Array(lines.outer * lines.inner);
    eachLine(lines, (line, start, step) => {
      out[line] = extreme(x.data, start, step, lines.size, sign, node.attr.last);
    });
    return [out];
  },
  macs: () => 0,
});

export const argMax = argOp<'arg_max'>(1);
export const argMin = argOp<'arg_min'>(-1);

function runningSum(x: Value, { axis, exclusive, reverse }: NodeOf<'cumsum'>['attr']): TensorData {
  const lines = around(x.shape, axis);
  const out = newData(x.type, x.data.length);
  eachLine(lines, (_, start, step) => {
    let sum = 0;
    for (let i = 0; i < lines.size; i++) {
      const at = start + (reverse ? lines.size - 1 - i : i) * step;
      if (exclusive) out[at] = sum;
      sum += x.data[at]!;
      if (x.type === 's32') sum |= 0;
      if (!exclusive) out[at] = sum;
    }
  });
  return out;
}

/** Running sums; f32 in double. */
export const cumsum: OpDef<'cumsum'> = {
  inputs: [1, 1],
  infer(node, [x], [y]) {
    demandAxis(node, node.attr.axis, x!.shape);
    demandSameType(node, [x!, y!]);
    demandType(node, 'the input', x!, ['f32', 's32']);
    return [x!.shape];
  },
  run: (node, inputs) => [runningSum(inputs[0] as Value, node.attr)],
  macs: () => 0,
};

function checkTopK(node: NodeOf<'top_k'>, x: Tensor, y: Tensor): void {
  const { axis, k, result } = node.attr;
  demandAxis(node, axis, x.shape);
  demand(node, Number.isInteger(k) && k >= 1 && k <= x.shape[axis]!, 'op-attribute', `${k} of ${x.shape[axis]} values`);
  if (result === 'indices') demandType(node, 'the output', y, ['s32']);
  else demand(node, sameQuantisation(x, y), 'op-type', 'input and output differ in type or parameters');
}

/** The greatest or least few along an axis. */
export const topK: OpDef<'top_k'> = {
  inputs: [1, 1],
  infer(node, [x], [y]) {
    checkTopK(node, x!, y!);
    return [x!.shape.with(node.attr.axis, node.attr.k)];
  },
  run(node, inputs, [y]) {
    const x = inputs[0] as Value;
    const { axis, k, largest, result } = node.attr;
    const lines = around(x.shape, axis);
    const out = newData(y!.type, elements(y!.shape));
    eachLine(lines, (line, start, step) => {
      const value = (i: number) => x.data[start + i * step]!;
      const order = Array.from({ length: lines.size }, (_, i) => i);
      order.sort((i, j) => (largest ? value(j) - value(i) : value(i) - value(j)) || i - j);
      const first = Math.floor(line / step) * k * step + (line % step);
      for (let i = 0; i < k; i++) out[first + i * step] = result === 'indices' ? order[i]! : value(order[i]!);
    });
    return [out];
  },
  macs: () => 0,
};
