/** A net that cleans speech as DTLN does: two LSTM cells that remember, a mask, multiplied onto the spectrum; 100 frames. */
import { afterAll, expect, test } from 'vitest';
import { compileGraph } from '../../src/compile.js';
import { elements, type Graph, type State } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { stream } from '../../src/ops/execute.js';
import { writeFolder } from '../../src/support/output.js';
import { random } from '../../src/support/rng.js';
import { joinBytes } from '../../src/verify/artifact.js';
import { runHost } from '../../src/verify/run.js';
import { workFolder } from '../support/folder.js';
import { f32, net } from '../support/net.js';

const folder = workFolder();
afterAll(folder.dispose);
const [bins, units] = [33, 16];
const next = random(5);

function maskNet(): Graph {
  const n = net('mask_net');
  const constant = (shape: readonly number[], scale: number) =>
    n.add({ ...f32(shape), data: Float32Array.from({ length: elements(shape) }, () => scale * (2 * next() - 1)) });
  const x = n.add(f32([1, 1, bins]));
  const states: State[] = [];
  const cell = { reverse: false, last: false, hardSlope: 0, cellClip: 0, cellPower: 0 };
  let y = x;
  for (const [i, width] of [bins, units].entries()) {
    const [h, c] = [n.add(f32([1, units])), n.add(f32([1, units]))];
    const inputs = [
      y,
      constant([4, units, width], 0.6),
      constant([4, units, units], 0.6),
      constant([4, units], 0.3),
      h,
      c,
    ];
    y = n.node('lstm', cell, inputs, f32([1, 1, units]));
    const after = [n.add(f32([1, units])), n.add(f32([1, units]))];
    states.push({ name: `h${i}`, before: h, after: after[0]! }, { name: `c${i}`, before: c, after: after[1]! });
  }
  const weights = [constant([bins, units], 0.8), constant([bins], 0.1)];
  const logits = n.node('fully_connected', { act: 'none' }, [y, ...weights], f32([1, 1, bins]));
  const mask = n.node('logistic', {}, [logits], f32([1, 1, bins]));
  const graph = n.graph(n.node('mul', { act: 'none' }, [mask, x], f32([1, 1, bins])));
  // Cells give their state beside their output.
  let cells = 0;
  const nodes = graph.nodes.map((node) => {
    if (node.op !== 'lstm') return node;
    const own = states.slice(2 * cells, 2 * ++cells).map((s) => s.after);
    return { ...node, out: [...node.out, ...own] };
  });
  return { ...graph, nodes, inputs: [x], states };
}

test('the emitted C goes on from frame to frame as the reference does', async () => {
  const graph = maskNet();
  checkGraph(graph);
  const { files } = await compileGraph(() => graph, { name: 'mask_net', sha256: '', format: 'graph' }, { html: false });
  writeFolder(folder.path('net'), files);
  const frames = Array.from({ length: 100 }, () => [Float32Array.from({ length: bins }, () => next())]);
  const got = runHost(folder.path('net'), Uint8Array.from(joinBytes(frames.flat())));
  const go = stream(graph);
  const wanted = frames.map((x) => Float32Array.from(go(x)[0]!));
  const worst = wanted.map((y, i) => y.reduce((most, v, k) => Math.max(most, Math.abs(v - got[i]![0]![k]!)), 0));
  expect(Math.max(...worst)).toBeLessThan(1e-5);
  // What it remembers matters.
  const anew = Float32Array.from(stream(graph)(frames.at(-1)!)[0]!);
  expect(Math.max(...anew.map((v, k) => Math.abs(v - wanted.at(-1)![k]!)))).toBeGreaterThan(1e-3);
});
