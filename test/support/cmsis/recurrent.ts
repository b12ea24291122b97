/** LSTM and SVDF cases of CMSIS-NN as graphs; samples are a stream. */
import type { Graph, Node, Quant, State, Tensor, TensorData } from '../../../src/ir/graph.js';
import { type CaseData, readCases } from './file.js';
import { real } from './scales.js';

export interface StreamCase {
  readonly name: string;
  readonly graph: Graph;
  /** one per run */
  readonly samples: readonly TensorData[];
  /** after the last run */
  readonly expected: TensorData;
}

const f32 = Math.fround;
const scaled = (scale: number | readonly number[], zero = 0): Quant => {
  const list = typeof scale === 'number' ? [scale] : scale;
  return { scale: list, zero: list.map(() => zero), ...(list.length > 1 && { axis: 0 }) };
};

/** The float32 whose float32 product with `other` is `wanted`. */
function factor(wanted: number, other: number): number {
  const start = f32(wanted / other);
  const bits = new DataView(new ArrayBuffer(4));
  for (let i = 0; i < 64; i++)
    for (const way of [i, -i]) {
      bits.setFloat32(0, start);
      bits.setInt32(0, bits.getInt32(0) + way);
      if (f32(bits.getFloat32(0) * f32(other)) === wanted) return bits.getFloat32(0);
    }
  throw new Error(`no float32 times ${other} is ${wanted}`);
}

const joined = (parts: readonly TensorData[]): TensorData => {
  const all = new (parts[0]!.constructor as Float32ArrayConstructor)(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
};

/** [steps, batch, values] and [batch, steps, values] into each other. */
function turned(data: TensorData, outer: number, inner: number): TensorData {
  const size = data.length / (outer * inner);
  const out = data.slice();
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++)
      out.set(data.subarray((o * inner + i) * size, (o * inner + i + 1) * size), (i * outer + o) * size);
  return out;
}

const graphOf = (name: string, tensors: readonly Tensor[], node: object, states: readonly State[]): Graph => ({
  name,
  tensors,
  nodes: [{ name: 'cell', from: name, ...node } as unknown as Node],
  inputs: [0],
  outputs: [(node as Node).out[0]!],
  ...(states.length && { states }),
});

const gates = ['input', 'forget', 'cell', 'output'] as const;

function sequence(c: CaseData, isFloat: boolean) {
  const [batch, steps] = [c.number('BATCH_SIZE'), c.number('TIME_STEPS')];
  const timeMajor = c.text('TIME_MAJOR') === 'true' || c.text('TIME_MAJOR') === '1';
  const [I, H] = [c.number('INPUT_SIZE'), c.number('HIDDEN_SIZE')];
  const x = c.array(isFloat ? 'input' : 'input_tensor');
  const y = c.array(isFloat ? 'output_ref' : 'output');
  const order = (data: TensorData) => (timeMajor ? turned(data, steps, batch) : data);
  return { batch, steps, I, H, x: order(x), y: order(y) };
}

function lstmF32(c: CaseData): StreamCase {
  const { batch, steps, I, H, x, y } = sequence(c, true);
  const all = (suffix: string) => joined(gates.map((g) => c.array(`${g}_${suffix}`)));
  const tensors: Tensor[] = [
    { name: 'x', shape: [batch, steps, I], type: 'f32' },
    { name: 'w', shape: [4, H, I], type: 'f32', data: all('input_weights') },
    { name: 'r', shape: [4, H, H], type: 'f32', data: all('hidden_weights') },
    { name: 'b', shape: [4, H], type: 'f32', data: all('bias') },
    { name: 'y', shape: [batch, steps, H], type: 'f32' },
  ];
  const attr = { reverse: false, last: false, hardSlope: 0, cellPower: 0, cellClip: c.number('CELL_CLIP') };
  const graph = graphOf(c.name, tensors, { op: 'lstm', attr, in: [0, 1, 2, 3], out: [4] }, []);
  return { name: c.name, graph, samples: [x], expected: y };
}

function lstmS8(c: CaseData): StreamCase {
  const { batch, steps, I, H, x, y } = sequence(c, false);
  const all = (suffix: string) => joined(gates.map((g) => c.array(`${g}_gate_${suffix}`)));
  const scaleY = 2 ** -30 / real(c.number('OUTPUT_MULTIPLIER'), c.number('OUTPUT_SHIFT'));
  const scales = (kind: string, from: number) =>
    gates.map((g) => {
      const key = `${g.toUpperCase()}_GATE_${kind}`;
      return factor(real(c.number(`${key}_MULTIPLIER`), c.number(`${key}_SHIFT`)) * 2 ** -12, from);
    });
  const out = scaled(scaleY, c.number('OUTPUT_ZERO_POINT'));
  const tensors: Tensor[] = [
    { name: 'x', shape: [batch, steps, I], type: 's8', quant: scaled(1, -c.number('INPUT_ZERO_POINT') || 0) },
    { name: 'w', shape: [4, H, I], type: 's8', data: all('input_weights'), quant: scaled(scales('INPUT', 1)) },
    { name: 'r', shape: [4, H, H], type: 's8', data: all('hidden_weights'), quant: scaled(scales('HIDDEN', scaleY)) },
    { name: 'b', shape: [4, H], type: 's32', data: all('bias') },
    { name: 'y', shape: [batch, steps, H], type: 's8', quant: out },
  ];
  const cell = { cellPower: c.number('CELL_SCALE_POWER'), cellClip: c.number('CELL_CLIP') };
  const attr = { reverse: false, last: false, hardSlope: 0, ...cell };
  const graph = graphOf(c.name, tensors, { op: 'lstm', attr, in: [0, 1, 2, 3], out: [4] }, []);
  return { name: c.name, graph, samples: [x], expected: y };
}

function samplesOf(sequence: TensorData, size: number): TensorData[] {
  return Array.from({ length: sequence.length / size }, (_, i) => sequence.slice(i * size, (i + 1) * size));
}

function svdf(c: CaseData): StreamCase {
  const [batch, depth, rank] = [c.number('INPUT_BATCHES'), c.number('INPUT_SIZE'), c.number('RANK')];
  const [filters, memory] = [c.number('FEATURE_BATCHES'), c.number('TIME_BATCHES')];
  const feature = c.array('weights_feature');
  const state = c.array('state', 'initial_state');
  const isFloat = feature instanceof Float32Array;
  const type = isFloat ? 'f32' : 's8';
  const kept = isFloat ? 'f32' : state instanceof Int16Array ? 's16' : 's8';
  const q = (scale: number, zero = 0) => (isFloat ? {} : { quant: scaled(scale, zero) });
  // state = feature * MULTIPLIER_IN, output = sum * MULTIPLIER_OUT; the scales of input and state stand for both.
  const into = isFloat ? 1 : real(c.number('MULTIPLIER_IN'), c.number('SHIFT_1'));
  const out = isFloat ? 1 : real(c.number('MULTIPLIER_OUT'), c.number('SHIFT_2'));
  const zero = isFloat ? 0 : -c.number('INPUT_OFFSET') || 0;
  const tensors: Tensor[] = [
    { name: 'x', shape: [batch, depth], type, ...q(into, zero) },
    { name: 'feature', shape: [filters, depth], type, data: feature, ...q(1) },
    { name: 'time', shape: [filters, memory], type: kept, data: c.array('weights_time'), ...q(out) },
    { name: 'bias', shape: [filters / rank], type: isFloat ? 'f32' : 's32', data: c.array('biases', 'bias') },
    { name: 'state', shape: [batch, filters * memory], type: kept, ...q(1) },
    { name: 'y', shape: [batch, filters / rank], type, ...q(1, isFloat ? 0 : c.number('OUTPUT_OFFSET')) },
    { name: 'kept', shape: [batch, filters * memory], type: kept, ...q(1) },
  ];
  const states = [{ name: 'state', before: 4, after: 6, initial: state }];
  const graph = graphOf(
    c.name,
    tensors,
    { op: 'svdf', attr: { rank, act: 'none' }, in: [0, 1, 2, 3, 4], out: [5, 6] },
    states,
  );
  const samples = samplesOf(c.array('input_sequence'), batch * depth);
  return { name: c.name, graph, samples, expected: c.array('output_ref') };
}

/** All cases of recurrent layers but those of svdf_f32, which clamp what goes into the state, as TensorFlow Lite never does. */
export const streamCases = (): StreamCase[] => [
  ...readCases('lstm_f32').map(lstmF32),
  ...readCases('lstm_s8').map(lstmS8),
  ...readCases('svdf_s8').map(svdf),
];
