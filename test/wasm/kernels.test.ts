/** Every kernel of WebAssembly on every case of the grid that it fits, all in one module. */
import { setFlagsFromString } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { kernelText } from '../../src/emit/wasm/classes.js';
import { elements, newData, type Tensor, type TensorData } from '../../src/ir/graph.js';
import { wasmKernels } from '../../src/kernels/wasm/index.js';
import { integer, random } from '../../src/support/rng.js';
import { grid } from '../kernels/grid.js';
import { type Job, jobsOf } from '../kernels/site.js';
import { cmsisCases } from '../support/cmsis.js';
import { Program } from './program.js';

const next = random(31);

/** Random data of a tensor, with both ends of its range in it. */
function sample(t: Tensor): TensorData {
  const data = newData(t.type, elements(t.shape));
  if (t.type === 'f32') return data.map(() => 4 * next() - 2) as TensorData;
  if (t.type === 'bool') return data.map(() => (next() < 0.5 ? 1 : 0)) as TensorData;
  const [low, high] = t.type === 'u8' ? [0, 255] : t.type === 's8' ? [-128, 127] : [-30000, 30000];
  return data.map(() => (next() < 0.1 ? (next() < 0.5 ? low : high) : integer(next, low, high))) as TensorData;
}

const jobs: Job[] = [];
for (const { name, graph } of grid)
  jobs.push(
    ...jobsOf(
      name,
      graph,
      graph.inputs.map((id) => sample(graph.tensors[id]!)),
      jobs.length,
      wasmKernels,
    ),
  );
for (const { name, graph, inputs } of cmsisCases)
  jobs.push(...jobsOf(`cmsis ${name}`, graph, inputs, jobs.length, wasmKernels));

describe('kernels of WebAssembly', () => {
  test('the grid reaches every one', () => {
    const covered = new Set(jobs.map((j) => j.kernel));
    expect(wasmKernels.filter((k) => !covered.has(k)).map((k) => `${k.op}: ${k.symbol}`)).toEqual([]);
  });

  test('equal the reference, alone and over their inputs, and touch nothing else', async () => {
    const program = await Program.make(jobs, 'simd');
    expect(jobs.flatMap((_, i) => program.check(i))).toEqual([]);
  });

  test('with fused multiply-adds, those that have them', async () => {
    // Later engines have relaxed SIMD without a flag.
    if (/^v20\./.test(process.version)) setFlagsFromString('--experimental-wasm-relaxed-simd');
    const fused = jobs.filter(({ kernel }) => kernelText(kernel.file).includes('nn_madd('));
    expect(new Set(fused.map(({ kernel }) => kernel.file)).size).toBeGreaterThanOrEqual(5);
    const program = await Program.make(fused, 'relaxed');
    expect(fused.flatMap((_, i) => program.check(i))).toEqual([]);
  });
});
