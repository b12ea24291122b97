// Outputs of a graph as emitted C, built for this computer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGraph, runHost, simplify, writeFolder } from '../../dist/index.js';
import { source } from './data.mjs';

/** One array of outputs for every sample of a test set. */
export async function outputs(graph, test, size) {
  const dir = mkdtempSync(join(tmpdir(), 'espalier-accuracy-'));
  try {
    const fit = { flash: null, ram: null };
    const { files } = await compileGraph(
      () => simplify(graph),
      { name: 'pruned', sha256: '', format: 'graph' },
      { vectors: 1, fit },
    );
    writeFolder(join(dir, 'pruned'), files);
    const samples = source('test', test.data, size, graph);
    const all = new (samples.sample(0)[0].constructor)(samples.count * size);
    for (let i = 0; i < samples.count; i++) all.set(samples.sample(i)[0], i * size);
    return runHost(join(dir, 'pruned'), all).map(([y]) => y);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const best = (y) => y.reduce((b, v, i) => (v > y[b] ? i : b), 0);
/** In percent; `isJudged` leaves samples out. */
export function accuracy(ys, labels, isJudged = () => true) {
  const judged = [...ys.keys()].filter(isJudged);
  return (100 * judged.filter((i) => best(ys[i]) === labels[i]).length) / judged.length;
}
