/** The assembly of kernels, on the grid, on simulated cores. */
import { afterAll, describe, expect, test } from 'vitest';
import { elements, type Graph, newData, type TensorData } from '../../src/ir/graph.js';
import { kernels } from '../../src/kernels/index.js';
import type { Feature, Target } from '../../src/kernels/kernel.js';
import { loadTarget } from '../../src/plan/target.js';
import { integer, random } from '../../src/support/rng.js';
import { runOnBoard } from '../support/board.js';
import { isInstalled } from '../support/cc.js';
import { cmsisCases } from '../support/cmsis.js';
import { workFolder } from '../support/folder.js';
import { grid } from './grid.js';
import { programText } from './program.js';
import { type Job, jobsOf } from './site.js';

const folder = workFolder();
afterAll(folder.dispose);

/** Kernels with assembly: the feature that they need, and a core that has it. */
const cores: readonly { core: string; feature: Feature }[] = [
  { core: 'cortex-m4', feature: 'dsp' },
  { core: 'cortex-m55', feature: 'mve' },
  { core: 'cortex-m0', feature: 'packed' },
  { core: 'cortex-m3', feature: 'packed' },
];

const next = random(23);
const sample = (graph: Graph): TensorData[] =>
  graph.inputs.map((id) => {
    const t = graph.tensors[id]!;
    return newData(t.type, elements(t.shape)).map(() =>
      next() < 0.2 ? (next() < 0.5 ? -128 : 127) : integer(next, -128, 127),
    ) as TensorData;
  });

function allJobs(): Job[] {
  const list: Job[] = [];
  for (const { name, graph } of grid) list.push(...jobsOf(name, graph, sample(graph), list.length));
  for (const { name, graph, inputs } of cmsisCases) list.push(...jobsOf(`cmsis ${name}`, graph, inputs, list.length));
  return list;
}

const all = allJobs();

/** Jobs of programs that fit into the board's code memory. */
const chunks = (list: readonly Job[]): Job[][] =>
  Array.from({ length: Math.ceil(list.length / 25) }, (_, i) => list.slice(25 * i, 25 * (i + 1)));

/** What the program prints on the board. */
const outputOf = (target: Target, name: string, list: readonly Job[], flags: readonly string[]): string =>
  runOnBoard(target, folder.path(`${target.name}_${name}.c`), programText(list), flags);

describe.each(cores)('on a simulated $core', ({ core, feature }) => {
  const target = loadTarget(core);
  const rows = kernels.filter((k) => k.needs.includes(feature));
  const list = all.filter((j) => rows.includes(j.kernel));
  const ready = [target.cc.command, target.qemu!.command].every(isInstalled);

  test('every kernel with assembly has cases', () => {
    const covered = new Set(list.map((j) => j.kernel.symbol));
    expect(rows.map((k) => k.symbol).filter((s) => !covered.has(s))).toEqual([]);
  });

  test.skipIf(!ready).each([
    ['fast', ['-O1']],
    ['small', ['-Os', '-DNN_OPTIMIZE_SIZE']],
  ] as const)(
    '%s code equals the reference: plain, in place, by rows',
    (name, flags) => {
      const lines = chunks(list).flatMap((part, i) => outputOf(target, `${name}_${i}`, part, flags).split('\n'));
      expect(lines.filter((l) => l !== '' && !l.startsWith('LEAST'))).toEqual([]);
      expect(lines.length).toBeGreaterThan(1);
    },
    900_000,
  );
});
