/** Layers with a memory: from zeros and from a state. */
import type { Graph, Node, Quant, Tensor, TensorData } from '../../src/ir/graph.js';
import { integer, random } from '../../src/support/rng.js';
import type { GridCase } from './grid.js';

const next = random(23);
const reals = (count: number, most = 1): Float32Array =>
  Float32Array.from({ length: count }, () => most * (2 * next() - 1));
const int8s = (count: number, most = 127): Int8Array =>
  Int8Array.from({ length: count }, () => integer(next, -most, most));
const quant = (scale: number, zero = 0): Quant => ({ scale: [scale], zero: [zero] });
const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

const graphOf = (node: object, tensors: readonly Tensor[], inputs: readonly number[]): Graph => ({
  name: 'cell',
  tensors,
  nodes: [{ name: 'cell', from: 'cell', ...node } as unknown as Node],
  inputs,
  outputs: [(node as Node).out[0]!],
});

interface Sizes {
  readonly batch?: number;
  readonly steps: number;
  readonly inputs: number;
  readonly units: number;
  readonly reverse?: true;
  readonly last?: true;
  readonly hardSlope?: number;
}

const sizes: Record<string, Sizes> = {
  plain: { steps: 4, inputs: 3, units: 5 },
  'one of each': { steps: 1, inputs: 1, units: 1 },
  'batch, backwards': { batch: 2, steps: 3, inputs: 6, units: 4, reverse: true },
  'only the last step': { batch: 2, steps: 5, inputs: 2, units: 7, last: true },
  'hard gates': { steps: 3, inputs: 4, units: 3, hardSlope: 0.2 },
};

/** Tensors x, weights, recurrent weights, bias, y; states and their new values behind them. */
function cell(op: 'lstm' | 'gru', s: Sizes, kept: number, extra: object): Graph {
  const { batch = 1, steps, inputs: I, units: H } = s;
  const [gates, biases] = op === 'lstm' ? [4, 4] : [3, 6];
  const constant = (shape: readonly number[]): Tensor => ({ name: 'w', shape, type: 'f32', data: reals(size(shape)) });
  const y = s.last ? [batch, H] : [batch, steps, H];
  const state: Tensor = { name: 'state', shape: [batch, H], type: 'f32' };
  const tensors: Tensor[] = [
    { name: 'x', shape: [batch, steps, I], type: 'f32' },
    ...[constant([gates, H, I]), constant([gates, H, H]), constant([biases, H])],
    { name: 'y', shape: y, type: 'f32' },
    ...new Array<Tensor>(2 * kept).fill(state),
  ];
  const states = Array.from({ length: kept }, (_, i) => 5 + i);
  const attr = { reverse: s.reverse ?? false, last: s.last ?? false, hardSlope: s.hardSlope ?? 0, ...extra };
  const node = { op, attr, in: [0, 1, 2, 3, ...states], out: [4, ...states.map((id) => id + kept)] };
  return graphOf(node, tensors, [0, ...states]);
}

/** What stored cells are made of: input, weights of `gates` gates, biases, output. */
function storedTensors(s: Sizes, gates: number, biases: number): Tensor[] {
  const { batch = 1, steps, inputs: I, units: H } = s;
  const factors = [1, 2, 0.5, 1].slice(0, gates);
  const weights = (shape: readonly number[], scale: number): Tensor => ({
    ...{ name: 'w', shape, type: 's8', data: int8s(size(shape)) },
    quant: { scale: factors.map((f) => f * scale), zero: factors.map(() => 0), axis: 0 },
  });
  const bias = Int32Array.from({ length: biases * H }, () => integer(next, -20000, 20000));
  return [
    { name: 'x', shape: [batch, steps, I], type: 's8', quant: quant(0.02, -5) },
    ...[weights([gates, H, I], 0.01), weights([gates, H, H], 0.02)],
    { name: 'b', shape: [biases, H], type: 's32', data: bias },
    { name: 'y', shape: s.last ? [batch, H] : [batch, steps, H], type: 's8', quant: quant(1 / 128, 3) },
  ];
}

const ways = (s: Sizes) => ({ reverse: s.reverse ?? false, last: s.last ?? false, hardSlope: 0 });

function lstmS8(s: Sizes, isStateful: boolean, cellPower: number): Graph {
  const shape = [s.batch ?? 1, s.units];
  const h: Tensor = { name: 'h', shape, type: 's8', quant: quant(1 / 128, 3) };
  const c: Tensor = { name: 'c', shape, type: 's16', quant: quant(2 ** cellPower) };
  const tensors: Tensor[] = [...storedTensors(s, 4, 4), h, c, h, c];
  const states = isStateful ? [5, 6] : [];
  const attr = { ...ways(s), cellPower, cellClip: isStateful ? 20000 : 0 };
  const out = isStateful ? [4, 7, 8] : [4];
  return graphOf({ op: 'lstm', attr, in: [0, 1, 2, 3, ...states], out }, tensors, [0, ...states]);
}

function gruS8(s: Sizes, isStateful: boolean, resetAfter: boolean): Graph {
  const h: Tensor = { name: 'h', shape: [s.batch ?? 1, s.units], type: 's16', quant: quant(2 ** -15) };
  const states = isStateful ? [5] : [];
  const node = {
    op: 'gru',
    attr: { ...ways(s), resetAfter },
    in: [0, 1, 2, 3, ...states],
    out: isStateful ? [4, 6] : [4],
  };
  return graphOf(node, [...storedTensors(s, 3, 6), h, h], [0, ...states]);
}

function svdf(
  type: 'f32' | 's8',
  state: 'f32' | 's8' | 's16',
  [batch, inputs, units, rank, memory]: readonly number[],
): Graph {
  const isFloat = type === 'f32';
  const filters = units! * rank!;
  const q = (scale: number, zero = 0) => (isFloat ? {} : { quant: quant(scale, zero) });
  const time: TensorData = isFloat
    ? reals(filters * memory!)
    : state === 's16'
      ? Int16Array.from(int8s(filters * memory!))
      : int8s(filters * memory!);
  const kept: Tensor = {
    name: 'state',
    shape: [batch!, filters * memory!],
    type: state,
    ...q(state === 's16' ? 0.001 : 0.2),
  };
  const tensors: Tensor[] = [
    { name: 'x', shape: [batch!, inputs!], type, ...q(0.1, 7) },
    {
      name: 'feature',
      shape: [filters, inputs!],
      type,
      data: isFloat ? reals(filters * inputs!) : int8s(filters * inputs!),
      ...q(0.01),
    },
    { name: 'time', shape: [filters, memory!], type: state, data: time, ...q(0.05) },
    {
      name: 'bias',
      shape: [units!],
      type: isFloat ? 'f32' : 's32',
      data: isFloat ? reals(units!) : Int32Array.from(int8s(units!)),
    },
    kept,
    { name: 'y', shape: [batch!, units!], type, ...q(0.5, -20) },
    kept,
  ];
  return graphOf({ op: 'svdf', attr: { rank, act: 'relu' }, in: [0, 1, 2, 3, 4], out: [5, 6] }, tensors, [0, 4]);
}

const fromBoth = ['from zeros', 'from a state'] as const;

const cells: GridCase[] = Object.entries(sizes).flatMap(([name, s]) =>
  fromBoth.flatMap((from, kept): GridCase[] => [
    { name: `lstm f32, ${name}, ${from}`, graph: cell('lstm', s, 2 * kept, { cellPower: 0, cellClip: kept }) },
    { name: `gru, ${name}, ${from}`, graph: cell('gru', s, kept, { resetAfter: true }) },
    { name: `gru, reset before, ${name}, ${from}`, graph: cell('gru', s, kept, { resetAfter: false }) },
    { name: `lstm s8, ${name}, ${from}`, graph: lstmS8(s, kept === 1, kept ? -11 : -15) },
    { name: `gru s8, ${name}, ${from}`, graph: gruS8(s, kept === 1, true) },
    { name: `gru s8, reset before, ${name}, ${from}`, graph: gruS8(s, kept === 1, false) },
  ]),
);

const svdfs: GridCase[] = [
  [1, 5, 3, 1, 4],
  [2, 3, 2, 2, 1],
  [1, 1, 4, 3, 2],
].flatMap((s) => [
  { name: `svdf f32, ${s}`, graph: svdf('f32', 'f32', s) },
  { name: `svdf s8, ${s}`, graph: svdf('s8', 's8', s) },
  { name: `svdf s8 with a state of 16 bits, ${s}`, graph: svdf('s8', 's16', s) },
]);

export const recurrentCases: readonly GridCase[] = [...cells, ...svdfs];
