/** Single-operator int16x8 models of TensorFlow Lite Micro: the reference and the C kernels against their golden files. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { importModel } from '../../src/importers/index.js';
import { elements, type Graph, newData, type TensorData } from '../../src/ir/graph.js';
import { execute } from '../../src/ops/execute.js';
import { programText } from '../kernels/program.js';
import { type Job, jobsOf } from '../kernels/site.js';
import { compileC, isInstalled, runProgram } from '../support/cc.js';
import { workFolder } from '../support/folder.js';
import { hasShared, shared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

interface Case {
  readonly case: string;
  readonly input_files: readonly string[];
  readonly golden_files: readonly string[];
}

const cases: readonly Case[] = hasShared
  ? (JSON.parse(readFileSync(shared('suites/tflm/index.json'), 'utf8')) as Case[]).filter((c) =>
      c.case.startsWith('seanet/'),
    )
  : [];

const numbers = (path: string): number[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split(/[\s,]+/)
    .map(Number);

interface Loaded {
  readonly graph: Graph;
  readonly inputs: TensorData[];
  readonly golden: number[];
}

async function load(c: Case): Promise<Loaded> {
  const at = (file: string) => shared(`suites/tflm/${c.case}/${file}`);
  const graph = await importModel(readFileSync(at('model.tflite')), 'model.tflite');
  const inputs = graph.inputs.map((id, i) => {
    const t = graph.tensors[id]!;
    const data = newData(t.type, elements(t.shape));
    data.set(numbers(at(c.input_files[i]!)));
    return data;
  });
  return { graph, inputs, golden: numbers(at(c.golden_files[0]!)) };
}

describe.skipIf(!hasShared)('int16x8', () => {
  test.each(cases.map((c) => [c.case, c] as const))('%s: the reference gives the golden file', async (_, c) => {
    const { graph, inputs, golden } = await load(c);
    const [y] = execute(graph, inputs);
    expect(y).toHaveLength(golden.length);
    expect(golden.filter((v, i) => v !== y![i]).length).toBe(0);
  });

  test.skipIf(!isInstalled('gcc'))(
    'the kernels equal the reference',
    async () => {
      const jobs: Job[] = [];
      for (const c of cases) {
        const { graph, inputs } = await load(c);
        const own = jobsOf(c.case, graph, inputs, jobs.length);
        expect(own.length).toBeGreaterThan(0);
        jobs.push(...own);
      }
      const flags = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-O1', '-fsanitize=address,undefined'];
      const gcc = { name: 'gcc', command: 'gcc', flags };
      const program = compileC(folder.path('tflm.c'), programText(jobs), gcc, '', ['-lm']);
      expect(
        runProgram(program)
          .split('\n')
          .filter((line) => line.startsWith('FAIL')),
      ).toEqual([]);
    },
    120_000,
  );
});

/** A model of the suite with its first input given as numbers; its first output. */
async function first(model: string, x: ArrayLike<number>): Promise<number[]> {
  const file = shared(`suites/tflm/models/${model}/model.tflite`);
  const graph = await importModel(readFileSync(file), 'model.tflite');
  const from = graph.tensors[graph.inputs[0]!]!;
  const to = graph.tensors[graph.outputs[0]!]!;
  const stored = Array.from(x, (v) => (from.quant ? Math.round(v / from.quant.scale[0]!) + from.quant.zero[0]! : v));
  const data = newData(from.type, elements(from.shape));
  data.set(model.endsWith('int8') || model.includes('float') ? stored : Array.from(x));
  const [y] = execute(graph, [data]);
  return Array.from(y!, (v) => (to.quant ? to.quant.scale[0]! * (v - to.quant.zero[0]!) : v));
}

describe.skipIf(!hasShared)('whole models', () => {
  const at = (path: string) => shared(`suites/tflm/models/${path}`);

  test.each(['sine_float', 'hello_world_float', 'hello_world_int8'])('%s is a sine within 0.05', async (model) => {
    for (const x of [0, 1, 3, 5]) expect(Math.abs((await first(model, [x]))[0]! - Math.sin(x))).toBeLessThan(0.05);
  });

  test.each([
    ['input_person_int8', 1],
    ['input_no_person_int8', 0],
  ])('person_detect: %s', async (file, wanted) => {
    // Grey levels as bytes that wrap at 127 (neighbours 126 and -127); the model takes them less 128.
    const pixels = numbers(at(`person_detect/${file}.csv`)).map((v) => (v & 255) - 128);
    const y = await first('person_detect', pixels);
    expect(y.indexOf(Math.max(...y))).toBe(wanted);
  });

  test('network_tester, exact', async () => {
    const bytes = (file: string) => Int8Array.from(numbers(at(`network_tester/${file}.csv`)));
    const graph = await importModel(readFileSync(at('network_tester/model.tflite')), 'model.tflite');
    const [y] = execute(graph, [bytes('input0_uint8')]);
    expect(y).toEqual(bytes('golden0_uint8'));
  });
});
