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
