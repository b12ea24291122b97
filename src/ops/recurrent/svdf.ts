import { elements, type NodeOf, newData, type Tensor, type TensorData } from '../../ir/graph.js';
import { clamp, requantize } from '../../support/fixed.js';
import type { OpDef, Value } from '../op.js';
import { activationRange, activationRangeF32, typeRange, zeroPoint } from '../quantised.js';
import { demand, demandActivation, demandPerTensor, demandRank, demandType } from '../validate.js';
import { product } from './cells.js';
import { svdfParams } from './params.js';

type Svdf = NodeOf<'svdf'>;

function checkTypes(node: Svdf, inputs: readonly Tensor[], y: Tensor): void {
  const [x, feature, time, bias, state] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
  demandActivation(node, node.attr.act);
  if (x.type === 'f32') {
    for (const t of [...inputs, y]) demandType(node, 'an operand', t, ['f32']);
    return;
  }
  for (const t of [x, feature, y]) demandType(node, 'an operand', t, ['s8']);
  demandType(node, 'the bias', bias, ['s32']);
  demandType(node, 'the state', state, ['s8', 's16']);
  demandType(node, 'the weights of time', time, [state.type]);
  for (const t of [x, feature, time, state, y]) demandPerTensor(node, 'an operand', t);
}

/** Shifts the memory of every filter by one and puts the newest value at its end; returns sums over time, [N, U]. */
function advance(
  [x, feature, time]: readonly Value[],
  state: TensorData | Float64Array,
  rank: number,
  newest: (sum: number) => number,
): Float64Array {
  const [batch, depth] = x!.shape as [number, number];
  const [filters, memory] = [feature!.shape[0]!, time!.shape[1]!];
  const zero = zeroPoint(x!);
  const xs = Float64Array.from(x!.data, (v) => v - zero);
  const sums = new Float64Array((batch * filters) / rank);
  for (let n = 0; n < batch; n++)
    for (let f = 0; f < filters; f++) {
      const at = (n * filters + f) * memory;
      state.copyWithin(at, at + 1, at + memory);
      state[at + memory - 1] = newest(product(feature!.data, f * depth, xs, n * depth, depth));
      sums[Math.floor((n * filters + f) / rank)]! += product(time!.data, f * memory, state, at, memory);
    }
  return sums;
}

function runFloat(node: Svdf, inputs: readonly Value[], y: Tensor): TensorData[] {
  const state = Float64Array.from(inputs[4]!.data);
  const sums = advance(inputs, state, node.attr.rank, (v) => v);
  const [least, most] = activationRangeF32(node.attr.act);
  const units = y.shape[1]!;
  const out = Float32Array.from(sums, (v, i) => clamp(v + inputs[3]!.data[i % units]!, least, most));
  return [out, Float32Array.from(state)];
}

/** Exact as TensorFlow Lite Micro's integer SVDF, which takes weights and state as symmetric whatever zero point they state. */
function runStored(node: Svdf, inputs: readonly Value[], y: Tensor): TensorData[] {
  const [x, feature, time, bias, old] = inputs as [Value, Value, Value, Value, Value];
  const p = svdfParams(x, feature, time, old, y);
  const state = old.data.slice() as TensorData;
  const [low, high] = typeRange(old.type);
  const sums = advance(inputs, state, node.attr.rank, (v) =>
    clamp(requantize(v | 0, p.feature.multiplier, p.feature.shift), low, high),
  );
  const [least, most] = activationRange(node.attr.act, y);
  const units = y.shape[1]!;
  const out = newData('s8', sums.length);
  sums.forEach((v, i) => {
    const sum = (v + bias.data[i % units]!) | 0;
    out[i] = clamp(requantize(sum, p.output.multiplier, p.output.shift) + zeroPoint(y), least, most);
  });
  return [out, state];
}

/** A fully connected layer of low rank over the last steps. Source: Nakkiran et al. 2015. */
export const svdf: OpDef<'svdf'> = {
  inputs: [5, 5],
  outputs: [2, 2],
  infer(node, inputs, outputs) {
    const [x, feature, time, bias, state] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
    for (const [what, t] of [
      ['the input', x],
      ['the weights', feature],
      ['the weights of time', time],
    ] as const)
      demandRank(node, what, t, 2);
    const { rank } = node.attr;
    const [filters, depth] = feature.shape as [number, number];
    const units = filters / rank;
    const fits =
      Number.isInteger(units) &&
      depth === x.shape[1] &&
      time.shape[0] === filters &&
      `${bias.shape}` === `${units}` &&
      elements(state.shape) === x.shape[0]! * filters * time.shape[1]!;
    demand(
      node,
      fits,
      'op-shape',
      `weights [${feature.shape}] and [${time.shape}] of rank ${rank} do not fit input [${x.shape}], bias [${bias.shape}], state [${state.shape}]`,
    );
    for (const t of [feature, time, bias])
      demand(node, t.data !== undefined, 'op-type', 'its weights must be constant');
    checkTypes(node, inputs, outputs[0]!);
    return [[x.shape[0]!, units], state.shape];
  },
  run: (node, inputs, outputs) =>
    inputs[0]!.type === 'f32' ? runFloat(node, inputs, outputs[0]!) : runStored(node, inputs, outputs[0]!),
  macs: (_, [x, feature, time]) => x!.shape[0]! * (elements(feature!.shape) + elements(time!.shape)),
};
