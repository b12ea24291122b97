/** Every kernel of the table on every case of the grid that it fits, in generated C programs. */
import { afterAll, describe, expect, test } from 'vitest';
import { elements, type Graph, newData, type Tensor, type TensorData } from '../../src/ir/graph.js';
import { kernels } from '../../src/kernels/index.js';
import { checkGraph } from '../../src/ops/check.js';
import { integer, random } from '../../src/support/rng.js';
import { type Compiler, compileC, isInstalled, runProgram } from '../support/cc.js';
import { cmsisCases } from '../support/cmsis.js';
import { workFolder } from '../support/folder.js';
import { grid } from './grid.js';
import { programText } from './program.js';
import { type Job, jobsOf } from './site.js';

const folder = workFolder();
afterAll(folder.dispose);

/** Random data of a tensor, with both ends of its range in it. */
function sample(t: Tensor, next: () => number): TensorData {
  const data = newData(t.type, elements(t.shape));
  if (t.type === 'f32') return data.map(() => 4 * next() - 2) as TensorData;
  if (t.type === 'bool') return data.map(() => (next() < 0.5 ? 1 : 0)) as TensorData;
  const [low, high] = t.type === 'u8' ? [0, 255] : t.type === 's8' ? [-128, 127] : [-30000, 30000];
  return data.map(() => (next() < 0.1 ? (next() < 0.5 ? low : high) : integer(next, low, high))) as TensorData;
}

const samples = (graph: Graph, next: () => number): TensorData[] =>
  graph.inputs.map((id) => sample(graph.tensors[id]!, next));

const next = random(11);
const jobs: Job[] = [];
for (const { name, graph } of grid) jobs.push(...jobsOf(name, graph, samples(graph, next), jobs.length));
const ofGrid = jobs.length;
for (const { name, graph, inputs } of cmsisCases) jobs.push(...jobsOf(`cmsis ${name}`, graph, inputs, jobs.length));

/** Programs of a size that a compiler likes. */
const chunks: Job[][] = [];
for (let i = 0; i < jobs.length; i += 60) chunks.push(jobs.slice(i, i + 60));

const plain = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-ffp-contract=off'];
const builds: readonly Compiler[] = [
  { name: 'gcc -O2', command: 'gcc', flags: [...plain, '-O2'] },
  { name: 'clang -O1', command: 'clang', flags: [...plain, '-O1'] },
  {
    name: 'gcc with sanitisers, one copy of each kernel',
    command: 'gcc',
    flags: [
      ...plain,
      '-O1',
      '-g',
      '-DNN_OPTIMIZE_SIZE',
      '-fsanitize=address,undefined',
      '-fno-sanitize-recover=undefined',
    ],
  },
];

/** Compiles and runs all programs; their lines. */
function linesOf(build: Compiler): string[] {
  return chunks.flatMap((chunk, i) => {
    const program = compileC(folder.path(`kernels_${i}.c`), programText(chunk), build, '', ['-lm']);
    return runProgram(program).split('\n');
  });
}

describe('the grid', () => {
  test('is made of well-formed graphs with names of their own', () => {
    for (const { graph } of grid) checkGraph(graph);
    expect(new Set(grid.map((c) => c.name)).size).toBe(grid.length);
  });

  test('reaches every kernel', () => {
    const covered = new Set(jobs.slice(0, ofGrid).map((j) => j.kernel));
    expect(kernels.filter((k) => !covered.has(k)).map((k) => `${k.op}: ${k.symbol}`)).toEqual([]);
  });

  test('asks for nothing that no kernel does', () => {
    const named = new Set(jobs.map((j) => j.name));
    expect(grid.filter((c) => !named.has(c.name)).map((c) => c.name)).toEqual([]);
  });
});

describe.each(builds.filter((b) => isInstalled(b.command)).map((b) => [b.name, b] as const))('%s', (_, build) => {
  let lines: string[] | undefined;
  const output = () => {
    lines ??= linesOf(build);
    return lines;
  };

  test('kernels equal the reference: plain, in place, by rows', () => {
    expect(output().filter((line) => line.startsWith('FAIL'))).toEqual([]);
  });

  test('distances are the least', () => {
    const broken = new Map<string, boolean>();
    for (const line of output().filter((l) => l.startsWith('LEAST'))) {
      const [, symbol, index, isBroken] = line.split(' ');
      const key = `${symbol} input ${index}`;
      broken.set(key, broken.get(key) || isBroken === '1');
    }
    expect([...broken].filter(([, b]) => !b).map(([key]) => key)).toEqual([]);
    expect(broken.size).toBeGreaterThan(20);
  });
});
