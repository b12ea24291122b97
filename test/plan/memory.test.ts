import { describe, expect, test } from 'vitest';
import { graphMacs } from '../../src/ops/macs.js';
import { simplify } from '../../src/passes/index.js';
import { drawPlan } from '../../src/plan/draw.js';
import { makePlan } from '../../src/plan/make-plan.js';
import { loadTarget } from '../../src/plan/target.js';
import { countWeights } from '../../src/report/stages.js';
import { importGolden } from '../support/golden.js';
import { hasShared } from '../support/shared.js';

/** Most bytes of arena, input, output and scratch in it: at full speed, and with --optimize-ram. */
const marks: readonly [string, number, number][] = [
  ['kws', 12000, 9000],
  ['ic', 36500, 34000],
  ['vww', 57000, 36000],
  ['ad', 2200, 800],
];

describe.skipIf(!hasShared)('the arena of the MLPerf Tiny models', () => {
  test.each(
    ['host', 'cortex-m4', 'cortex-m0'].flatMap((target) =>
      marks.map(([name, full, least]) => ({ target, name, full, least })),
    ),
  )('$name on $target: at most $full bytes, $least with --optimize-ram', async ({ target, name, full, least }) => {
    const graph = simplify(await importGolden(`mlperf_${name}_int8`));
    const arena = (optimizeRam: boolean) => makePlan(graph, { name, target: loadTarget(target), optimizeRam }).arena;
    expect(arena(false)).toBeLessThanOrEqual(full);
    expect(arena(true)).toBeLessThanOrEqual(least);
  });

  test('VWW keeps half of its MACs and a seventh of its weights', async () => {
    const graph = simplify(await importGolden('mlperf_vww_int8'));
    expect(graphMacs(graph)).toBeLessThanOrEqual(3_750_000);
    expect(countWeights(graph).weights).toBeLessThanOrEqual(30_100);
  });

  test('the plan is drawn with a line per block', async () => {
    const plan = makePlan(simplify(await importGolden('mlperf_kws_int8')), { name: 'kws', target: loadTarget('host') });
    const lines = drawPlan(plan).trimEnd().split('\n');
    expect(lines[0]).toMatch(/^arena \d+ bytes/);
    expect(lines).toHaveLength(2 + plan.blocks.filter((b) => b.bytes).length);
  });
});
