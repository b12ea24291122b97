/** Own quantisation of recurrent cells: stored arithmetic close to float, the emitted C equal to it, and the way back. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { compileGraph } from '../../src/compile.js';
import { importModel } from '../../src/importers/index.js';
import { elements, type Graph, type NodeOf, type TensorData } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { prepare } from '../../src/ops/execute.js';
import { type Calibration, calibrationOf } from '../../src/ops/float/calibration.js';
import { simplify } from '../../src/passes/index.js';
import { floatTwin } from '../../src/quantise/float-twin.js';
import { decibels, noiseOf } from '../../src/quantise/noise.js';
import { quantiseGraph } from '../../src/quantise/quantise.js';
import { rangesOf } from '../../src/quantise/ranges.js';
import { restore } from '../../src/quantise/restore.js';
import { storageOf } from '../../src/quantise/storage.js';
import { Linear } from '../../src/support/linear.js';
import { readNpy } from '../../src/support/npy.js';
import { writeFolder } from '../../src/support/output.js';
import { verifyQemu } from '../../src/verify/qemu.js';
import { verifyHost } from '../../src/verify/verify.js';
import { isInstalled } from '../support/cc.js';
import { Builder, uniform } from '../support/float-net.js';
import { workFolder } from '../support/folder.js';
import { f32 } from '../support/net.js';
import { hasShared, shared } from '../support/shared.js';
import { recurrent } from '../train/network.js';

const linear = await Linear.load();
const folder = workFolder();
afterAll(folder.dispose);

const [steps, depth, units] = [20, 6, 16];
const from = { reverse: false, last: false, hardSlope: 0 };

interface Way {
  readonly reverse?: boolean;
  readonly last?: boolean;
  readonly resetAfter?: boolean;
}

/** A cell over a sequence. */
function cell(op: 'lstm' | 'gru', way: Way = {}): Graph {
  const b = new Builder();
  const x = b.input([1, steps, depth]);
  const [gates, biases] = op === 'lstm' ? [4, 4] : [3, 6];
  const shapes = [
    [gates, units, depth],
    [gates, units, units],
    [biases, units],
  ];
  const own = op === 'lstm' ? { cellPower: 0, cellClip: 0 } : { resetAfter: true };
  const shape = way.last ? [1, units] : [1, steps, units];
  const inputs = [x, ...shapes.map((s) => b.constant(s, 0.6))];
  return b.graph(b.net.node(op, { ...from, ...own, ...way } as NodeOf<'gru'>['attr'], inputs, f32(shape)));
}

const sizeOf = (graph: Graph): number => elements(graph.tensors[graph.inputs[0]!]!.shape);

/** Sequences that wander, as sensors do. */
function sequences(graph: Graph, count: number, seed: number): Calibration & { readonly inputs: [Float32Array] } {
  const [size, noise] = [sizeOf(graph), uniform(count * sizeOf(graph), seed)];
  const x = new Float32Array(noise.length);
  noise.forEach((v, i) => {
    x[i] = v + 0.8 * (i % size < depth ? 0 : x[i - depth]!);
  });
  return { count, inputs: [x], warnings: [] };
}

/** Outputs of a stored graph as real numbers, and those of the float one. */
function both(float: Graph, stored: Graph, { count, inputs }: Calibration): [Float32Array, Float32Array] {
  const [run, exact] = [prepare(stored), prepare(float)];
  const [x, y] = [stored.tensors[stored.inputs[0]!]!.quant!, stored.tensors[stored.outputs[0]!]!.quant!];
  const size = sizeOf(float);
  const [wanted, got]: number[][] = [[], []];
  for (let i = 0; i < count; i++) {
    const real = inputs[0]!.subarray(i * size, (i + 1) * size);
    const code = (v: number) => Math.max(-128, Math.min(127, Math.round(v / x.scale[0]!) + x.zero[0]!));
    wanted!.push(...exact([real])[0]!);
    got!.push(...Array.from(run([Int8Array.from(real, code)])[0]!, (v) => (v - y.zero[0]!) * y.scale[0]!));
  }
  return [Float32Array.from(wanted!), Float32Array.from(got!)];
}

const cases: readonly [string, Graph, number][] = [
  ['lstm', cell('lstm'), 30],
  ['lstm, backwards, the last step', cell('lstm', { reverse: true, last: true }), 30],
  ['gru', cell('gru'), 30],
  ['gru, reset before, backwards', cell('gru', { resetAfter: false, reverse: true }), 30],
  ['gru, reset before, the last step', cell('gru', { resetAfter: false, last: true }), 30],
];

describe('int8 cells', () => {
  test.each(cases)('%s: close to float on other samples', (name, graph, least) => {
    const stored = quantiseGraph(linear, graph, sequences(graph, 64, 1));
    checkGraph(stored);
    expect(stored.nodes.map((n) => n.op)).toEqual(graph.nodes.map((n) => n.op));
    const sqnr = decibels(...both(graph, stored, sequences(graph, 32, 2)));
    console.info(`${name}: ${sqnr.toFixed(1)} dB`);
    expect(sqnr).toBeGreaterThan(least);
    checkGraph(floatTwin(stored));
    const noise = noiseOf(linear, graph, stored, sequences(graph, 16, 3));
    expect(noise.every(({ own, total }) => own > 25 && total > 25)).toBe(true);
  });

  test('cell states have room, and ranges take in all steps', () => {
    const graph = cell('lstm', { last: true });
    const calibration = sequences(graph, 64, 1);
    const [all, some] = [cell('lstm'), graph].map((g) => rangesOf(linear, g, calibration));
    const y = graph.outputs[0]!;
    expect(some!.get(y)).toEqual(all!.get(y));
    const most = some!.cells.get(y)!;
    const { cellPower } = (quantiseGraph(linear, graph, calibration).nodes[0] as NodeOf<'lstm'>).attr;
    expect(32767 * 2 ** cellPower).toBeGreaterThanOrEqual(2 * most);
    expect(32767 * 2 ** cellPower).toBeLessThan(4 * most + 1e-6 + 2);
  });

  test('hard gates and given states stay real', () => {
    const graph = cell('gru');
    const hard = { ...graph, nodes: graph.nodes.map((n) => ({ ...n, attr: { ...n.attr, hardSlope: 0.2 } })) } as Graph;
    const ops = quantiseGraph(linear, hard, sequences(hard, 8, 1)).nodes.map((n) => n.op);
    expect(ops).toEqual(['dequantize', 'gru', 'quantize']);
    const state = { ...f32([1, units]), name: 'state' };
    const { tensors } = graph;
    const kept: Graph = {
      ...graph,
      tensors: [...tensors, state, state],
      nodes: graph.nodes.map((n) => ({ ...n, in: [...n.in, tensors.length], out: [...n.out, tensors.length + 1] })),
      states: [{ name: 'h', before: tensors.length, after: tensors.length + 1 }],
    };
    checkGraph(kept);
    const stored = quantiseGraph(linear, kept, sequences(kept, 8, 1));
    checkGraph(stored);
    expect(stored.nodes.map((n) => n.op)).toEqual(['dequantize', 'gru', 'quantize']);
  });

  test.each(cases.slice(1, 4))('%s: the way back', (_, graph) => {
    const stored = quantiseGraph(linear, graph, sequences(graph, 32, 1));
    const twin = floatTwin(stored);
    expect(restore(stored, twin)).toEqual(stored);
    const [w, r, b] = graph.nodes[0]!.in.slice(1) as [number, number, number];
    const tensors = twin.tensors.map((t, id) =>
      id === r || id === b ? { ...t, data: (t.data as Float32Array).map((v) => v * 0.5) } : t,
    );
    const changed = restore(stored, { ...twin, tensors });
    checkGraph(changed);
    expect(changed.tensors[w]).toBe(stored.tensors[w]);
    const again = floatTwin(changed);
    for (const id of [r, b])
      again.tensors[id]!.data!.forEach((v, i) => {
        expect(Math.abs(v - tensors[id]!.data![i]!)).toBeLessThan(0.005);
      });
    const values = tensors[r]!.data as Float32Array;
    expect(storageOf(linear, stored).weights(graph.nodes[0]!, values, r)).toEqual(again.tensors[r]!.data);
  });
});

describe('emitted C', () => {
  const graph = recurrent();
  const inputs = Array.from({ length: 64 }, (_, i) => uniform(sizeOf(graph), 100 + i));
  const samples = { count: inputs.length, sample: (i: number) => [inputs[i]!] };
  const origin = { name: 'cells', sha256: '', format: 'graph' };
  const sanitizers = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover'];

  test('lstm and gru, the other layers pruned', { timeout: 60_000 }, async () => {
    const prune = { samples, sparsity: 0.5, pattern: 'unstructured' } as const;
    const options = { name: 'cells', vectors: 3, html: false, target: 'cortex-m0', prune };
    const { files, graph: result } = await compileGraph(() => graph, origin, options);
    for (const node of result.nodes) expect(result.tensors[node.out[0]!]!.type).toBe('s8');
    const out = folder.path('cells');
    writeFolder(out, files);
    expect(verifyHost(out, { flags: sanitizers })).toMatchObject({ vectors: 3, mismatches: 0 });
    if (isInstalled('arm-none-eabi-gcc') && isInstalled('qemu-system-arm'))
      expect(verifyQemu(out)).toMatchObject({ vectors: 3, mismatches: 0 });
  });
});

describe.skipIf(!hasShared)('mnist_lstm', () => {
  const digits = (): Float32Array => {
    const { data, shape } = readNpy(gunzipSync(readFileSync(shared('data/small/digits8x8_x.npy.gz'))), 'digits');
    const most = (data as Float32Array).reduce((a, b) => Math.max(a, b));
    const [count, border] = [Math.min(256, shape[0]!), 2];
    const out = new Float32Array(count * 784);
    for (let i = 0; i < count; i++)
      for (let row = 0; row < 24; row++)
        for (let column = 0; column < 24; column++)
          out[i * 784 + (row + border) * 28 + column + border] =
            Number(data[i * 64 + Math.floor(row / 3) * 8 + Math.floor(column / 3)]) / most;
    return out;
  };

  /** A sequence comes as a whole, so nothing is kept between two. */
  const alone = (graph: Graph): Graph => {
    const { states: _, ...rest } = graph;
    const cut = (n: Graph['nodes'][number]) =>
      n.op === 'lstm' ? { ...n, in: n.in.slice(0, 4), out: n.out.slice(0, 1) } : n;
    return simplify({ ...rest, nodes: graph.nodes.map(cut) });
  };

  const model = async (id: string): Promise<Graph> => {
    const path = shared(`models/tflite/${id}.tflite`);
    return importModel(readFileSync(path), path);
  };

  test('stored by us gives what it gives in float', async () => {
    const graph = alone(await model('mnist_lstm_float'));
    const all = digits();
    const part = (begin: number, count: number) => ({
      ...{ count, warnings: [], inputs: [all.subarray(begin * 784, (begin + count) * 784)] },
    });
    const stored = quantiseGraph(linear, graph, part(0, 128));
    expect(stored.nodes.every((n) => stored.tensors[n.out[0]!]!.type === 's8')).toBe(true);
    const [wanted, got] = both(graph, stored, part(128, 128));
    const best = (y: Float32Array, i: number) => {
      const row = y.subarray(i * 10, (i + 1) * 10);
      return row.indexOf(Math.max(...row));
    };
    const alike = Array.from({ length: 128 }, (_, i) => best(wanted, i) === best(got, i)).filter(Boolean).length;
    console.info(`mnist_lstm: ${decibels(wanted, got).toFixed(1)} dB, ${alike} of 128 answers alike`);
    expect(decibels(wanted, got)).toBeGreaterThan(20);
    expect(alike).toBeGreaterThanOrEqual(125);
  });

  test('as imported, with its state: has a float twin whose noise can be told', async () => {
    const stored = simplify(await model('mnist_lstm_int8'));
    const twin = floatTwin(stored);
    checkGraph(twin);
    const codes = digits();
    const t = stored.tensors[stored.inputs[0]!]!;
    const encode = (v: number) => Math.max(-128, Math.min(127, Math.round(v / t.quant!.scale[0]!) + t.quant!.zero[0]!));
    const sample = (i: number): TensorData[] => [Int8Array.from(codes.subarray(i * 784, (i + 1) * 784), encode)];
    const noise = noiseOf(linear, twin, stored, calibrationOf(stored, { count: 32, sample }));
    expect(noise.find(({ node }) => twin.nodes.find((n) => n.name === node)!.op === 'lstm')!.total).toBeGreaterThan(25);
    expect(restore(stored, twin).tensors.map((x) => x.data)).toEqual(stored.tensors.map((x) => x.data));
  });
});
