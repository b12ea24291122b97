import { expect, test } from 'vitest';
import { exportOnnx } from '../../src/export.js';
import { importModel } from '../../src/importers/index.js';
import { elements, type Graph } from '../../src/ir/graph.js';
import { execute } from '../../src/ops/execute.js';
import { simplify } from '../../src/passes/index.js';
import { floatTwin } from '../../src/quantise/float-twin.js';
import { residual, uniform } from '../support/float-net.js';
import { importGolden } from '../support/golden.js';
import { randomGraph } from '../support/random-graph.js';
import { hasShared } from '../support/shared.js';

/** Written as ONNX and read again: the same function of the same inputs, and no more transposes than before. */
async function survives(graph: Graph): Promise<void> {
  const twin = simplify(floatTwin(graph));
  const again = simplify(await importModel(exportOnnx(graph), 'again.onnx'));
  const shapes = (g: Graph) => [...g.inputs, ...g.outputs].map((id) => g.tensors[id]!.shape);
  expect(shapes(again)).toEqual(shapes(twin));
  const count = (g: Graph) => g.nodes.filter((n) => n.op === 'transpose').length;
  expect(count(again)).toBeLessThanOrEqual(count(twin));
  const inputs = twin.inputs.map((id, i) => uniform(elements(twin.tensors[id]!.shape), i + 1));
  const [before, after] = [execute(twin, inputs), execute(again, inputs)];
  before.forEach((y, i) => {
    const size = Array.from(y).reduce((most, v) => Math.max(most, Math.abs(v)), 1);
    y.forEach((v, k) => {
      expect(Math.abs(v - after[i]![k]!)).toBeLessThanOrEqual(1e-5 * size);
    });
  });
}

test('a residual network', () => survives(residual()));

test.each(Array.from({ length: 30 }, (_, i) => 500 + i))('random graph %i', (seed) => survives(randomGraph(seed)));

test.skipIf(!hasShared).each(['mlperf_kws_int8', 'mlperf_ic_int8', 'mlperf_ad_int8'])('%s', async (name) =>
  survives(await importGolden(name)),
);
