import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Advice, advise } from '../../src/advise/advise.js';
import { compile } from '../../src/compile.js';
import { importModel } from '../../src/importers/index.js';
import type { Graph } from '../../src/ir/graph.js';
import { simplify } from '../../src/passes/index.js';
import { placesOf } from '../../src/plan/select.js';
import { loadTarget } from '../../src/plan/target.js';
import { layersOf } from '../../src/prune/layers.js';
import { rankMagnitude } from '../../src/prune/magnitude.js';
import { parsePattern, unitsOf } from '../../src/prune/pattern.js';
import { maskAfter, removalsFor } from '../../src/prune/ranking.js';
import { withBiases } from '../../src/prune/reconstruct.js';
import { floatTwin } from '../../src/quantise/float-twin.js';

const model = 'examples/keyword-spotting/kws.tflite';
const fit = { flash: 45056, cycles: 3_000_000 };

let graph: Graph;
let advice: Advice;
beforeAll(async () => {
  graph = await importModel(new Uint8Array(readFileSync(model)), model);
  advice = await advise(graph, { target: 'cortex-m4', fit });
});

/** Bytes and instructions of a format where one layer is pruned by size to a share, by the kernel table. */
function costOf(name: string, format: string, pattern: string, share: number) {
  const source = simplify(graph);
  const layer = layersOf(floatTwin(withBiases(source))).find((l) => l.name === name)!;
  const p = parsePattern(pattern);
  const ranking = rankMagnitude(layer, p);
  const count = removalsFor(ranking, Math.round(share * layer.weights.length));
  const mask = maskAfter(layer, unitsOf(p, layer.rows, layer.depth), ranking, count);
  const id = source.nodes[layer.index]!.in[1]!;
  const data = Int8Array.from(source.tensors[id]!.data!, (w, i) => (mask[i] ? w : 0));
  const tensors = source.tensors.map((t, i) => (i === id ? { ...t, data } : t));
  const place = placesOf({ ...source, tensors }, loadTarget('cortex-m4'), 'p').find((s) => s.site.node.name === name)!;
  return place.offers.find((o) => (o.kernel.format ?? 'dense') === format)!;
}

describe('advice', () => {
  test('has every layer with weights, and formats where kernels fit', () => {
    expect(advice.layers.map((l) => l.name)).toEqual(layersOf(simplify(graph)).map((l) => l.name));
    const formats = new Set(advice.layers.flatMap((l) => l.formats.map((f) => f.format)));
    expect(formats.size).toBeGreaterThan(1);
    for (const { formats } of advice.layers)
      for (const { breakEven } of formats)
        for (const share of [breakEven.instructions, breakEven.bytes])
          if (share !== null) expect(share).toBeGreaterThanOrEqual(0);
  });

  test('tells the costs that the kernel table has for such weights', () => {
    for (const l of [advice.layers[0]!, advice.layers[2]!])
      for (const f of l.formats) {
        const told = f.at.find((a) => a.share === 0.8)!;
        const { bytes, instructions } = costOf(l.name, f.format, f.pattern, 0.8);
        expect({ bytes, instructions: Math.round(instructions) }).toEqual({
          bytes: told.bytes,
          instructions: told.instructions,
        });
      }
  });

  test('a format is dearer than the dense kernel before its break-even, cheaper behind it', () => {
    const { name, dense, formats } = advice.layers[2]!;
    let checked = 0;
    for (const { format, pattern, breakEven } of formats)
      for (const key of ['instructions', 'bytes'] as const) {
        const share = breakEven[key];
        if (share === null || share < 0.05) continue;
        expect(costOf(name, format, pattern, share + 0.04)[key]).toBeLessThan(dense[key]);
        expect(costOf(name, format, pattern, share - 0.04)[key]).toBeGreaterThan(dense[key]);
        checked++;
      }
    expect(checked).toBeGreaterThan(2);
  });

  test('the more zeros, the less the whole model takes', () => {
    for (const [i, t] of advice.totals.entries()) {
      const before = advice.totals[i - 1] ?? advice.dense;
      expect(t.instructions).toBeLessThan(before.instructions);
      expect(t.bytes).toBeLessThan(before.bytes);
    }
  });

  test('a budget takes what a compilation takes', async () => {
    const { report } = await compile(model, { target: 'cortex-m4', fit, prune: {}, html: false });
    const budget = advice.budget!;
    if ('missed' in budget) throw new Error(budget.missed);
    expect(budget).toMatchObject({
      sparsity: report.pruning!.sparsity,
      bytes: report.totals.flash.weights,
      arena: report.totals.ram.arena,
      instructions: report.totals.instructions.estimated,
      cycles: report.totals.cycles.estimated,
    });
    const weighted = report.layers.filter((l) => l.weights);
    expect(budget.layers.map((l) => l.format)).toEqual(weighted.map((l) => l.format));
    expect(report.totals.cycles.estimated).toBeLessThanOrEqual(fit.cycles);
  });
});

describe('the command', () => {
  const espalier = (...args: string[]) =>
    spawnSync(process.execPath, [resolve('bin/espalier.js'), 'advise', ...args], { encoding: 'utf8' });

  test('prints tables, or JSON', () => {
    const { status, stdout } = espalier(model, '--target', 'cortex-m4', '--fit', 'flash=200K');
    expect(status).toBe(0);
    expect(stdout).toMatch(/faster from/);
    expect(stdout).toMatch(/whole model/);
    expect(stdout).toContain('is kept without pruning');
    const json = JSON.parse(espalier(model, '--target', 'cortex-m4', '--json').stdout);
    expect(json.budget).toBeNull();
    expect(json.layers).toEqual(advice.layers);
  });

  test('a budget out of reach: the advice all the same, and exit 1', () => {
    const { status, stdout } = espalier(model, '--target', 'cortex-m4', '--fit', 'flash=4K');
    expect(stdout).toMatch(/out of reach\n.*the least possible is/);
    expect(status).toBe(1);
  });

  test.each([
    ['no target', [model], /--target/],
    ['unknown target', [model, '--target', 'z80'], /choose one of/],
    ['bad budget', [model, '--target', 'cortex-m4', '--fit', 'flash=much'], /--fit/],
    [
      'samples of another shape',
      [model, '--target', 'cortex-m4', '--calibrate', 'examples/keyword-spotting/labels.npy.gz'],
      /labels/,
    ],
  ])('%s: exit 2, one line', (_, args, what) => {
    const { status, stdout, stderr } = espalier(...args);
    expect(stderr).toMatch(what);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).not.toMatch(/internal error/);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
