/** A small problem to learn: two classes of pictures, told apart by where they are bright. */

import type { Dataset } from '../../src/data/dataset.js';
import type { Graph } from '../../src/ir/graph.js';
import { random } from '../../src/support/rng.js';
import { Builder } from '../support/float-net.js';
import { f32 } from '../support/net.js';

/** conv, depthwise, add, pool, dense; logits of three classes and their softmax. */
export function network(): Graph {
  const b = new Builder();
  const x = b.conv(b.input([1, 6, 6, 2]), 8);
  const y = b.conv(b.depthwise(x), 8, { kernel: [1, 1], pad: [0, 0, 0, 0], act: 'none' });
  const sum = b.node('add', { act: 'relu' }, [x, y], [1, 6, 6, 8]);
  const pool = { filter: [3, 3], stride: [3, 3], pad: [0, 0, 0, 0], act: 'none' } as const;
  const pooled = b.node('average_pool2d', pool, [sum], [1, 2, 2, 8]);
  const logits = b.dense(b.node('reshape', {}, [pooled], [1, 32]), 3);
  return b.graph(b.net.node('softmax', { beta: 1 }, [logits], f32([1, 3])));
}

/** Rows of the same pictures as steps: lstm, gru, dense; logits of three classes and their softmax. */
export function recurrent(): Graph {
  const b = new Builder();
  const rows = b.node('reshape', {}, [b.input([1, 6, 6, 2])], [1, 6, 12]);
  const cell = (gates: number, biases: number, inputs: number) =>
    [
      [gates, 8, inputs],
      [gates, 8, 8],
      [biases, 8],
    ].map((shape) => b.constant(shape, 0.4));
  const lstm = { reverse: false, last: false, hardSlope: 0, cellPower: 0, cellClip: 0 };
  const all = b.net.node('lstm', lstm, [rows, ...cell(4, 4, 12)], f32([1, 6, 8]));
  const gru = { reverse: true, last: true, hardSlope: 0, resetAfter: true };
  const last = b.net.node('gru', gru, [all, ...cell(3, 6, 8)], f32([1, 8]));
  const logits = b.dense(b.node('reshape', {}, [last], [1, 8]), 3);
  return b.graph(b.net.node('softmax', { beta: 1 }, [logits], f32([1, 3])));
}

/** Noise with a bright patch: top left, top right or bottom. */
export function pictures(count: number, seed = 1): Required<Pick<Dataset, 'count' | 'inputs' | 'label'>> {
  const next = random(seed);
  const labels = Array.from({ length: count }, () => Math.floor(3 * next()));
  const inputs = labels.map((label) => {
    const x = new Float32Array(72).map(() => next() - 0.5);
    const [top, left] = [label === 2 ? 3 : 0, label === 1 ? 3 : label === 0 ? 0 : 2];
    for (let r = 0; r < 3; r++) for (let c = 0; c < 3; c++) x[((top + r) * 6 + left + c) * 2]! += 0.5;
    return [x];
  });
  return { count, inputs: (i) => inputs[i]!, label: (i) => labels[i]! };
}

/** The graph with the smallest weights of each layer 0. */
export function thinned(graph: Graph, share: number): Graph {
  const weights = new Set(graph.nodes.filter((n) => n.in.length === 3).map((n) => n.in[1]!));
  const tensors = graph.tensors.map((t, id) => {
    if (!weights.has(id)) return t;
    const data = t.data as Float32Array;
    const bound = [...data].map(Math.abs).sort((a, b) => a - b)[Math.floor(share * data.length)]!;
    return { ...t, data: data.map((v) => (Math.abs(v) < bound ? 0 : v)) };
  });
  return { ...graph, tensors };
}

/** All weights and biases, one after the other. */
export const numbersOf = (graph: Graph): number[] => graph.tensors.flatMap((t) => (t.data ? [...t.data] : []));
