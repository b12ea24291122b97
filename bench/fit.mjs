// Prices of the units of work that kernels count (src/kernels/cost.ts), fitted to instruction counts of QEMU over all models.
//
//     node bench/fit.mjs cortex-m0             prints the error of every kernel with the prices that the target has, and others
//     node bench/fit.mjs cortex-m0 --write     puts those into targets/cortex-m0.json
//     node bench/fit.mjs cortex-m4 --size      the prices of --optimize size, of the kernels that it chooses
//     node bench/fit.mjs cortex-m0 --sparse    the prices of the kernels for sparse weights alone, on pruned models
//     node bench/fit.mjs cortex-m0 --layers REGEXP     of the kernels with such symbols, on single layers with random zeros
//
// Every kernel that fits somewhere is measured there, not just the cheapest. Prices that the counts do not tell apart stay
// near the ones that were there before.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compileGraph, importModel, loadTarget } from '../dist/index.js';
import { kernels } from '../dist/kernels/index.js';
import { planCalls } from '../dist/plan/plan.js';
import { layerGraph, moreLayers } from './layers.mjs';
import { prunedGraph } from './prune.mjs';

const shared = fileURLToPath(new URL('../../shared/models/tflite/', import.meta.url));
const isSparse = process.argv.includes('--sparse');
const only = process.argv.includes('--layers') ? process.argv[process.argv.indexOf('--layers') + 1] : null;
/** How zeros lie in single layers: shares, and two or one of four left. */
const zeros = [...[0, 0.3, 0.6, 0.8, 0.9].map((share) => ['1x1', share]), ['2:4', 0.5], ['1:4', 0.75]];

async function modelGraph(model, share) {
  const graph = await importModel(new Uint8Array(readFileSync(`${shared}mlperf_${model}_int8.tflite`)), model);
  return share ? prunedGraph(graph, [1, 1], share) : graph;
}

/** Graphs with their names; models with a share of weights that becomes zero before they are compiled. */
const sources = only
  ? Object.entries(moreLayers).map(([layer, sizes]) => [
      layer,
      () => layerGraph(sizes, zeros, only.includes('f32') ? 'f32' : 's8'),
    ])
  : isSparse
    ? [0.7, 0.9].flatMap((share) => ['kws', 'ic', 'ad'].map((model) => [model, () => modelGraph(model, share)]))
    : ['kws', 'ic', 'vww', 'ad', 'sww'].map((model) => [model, () => modelGraph(model, 0)]);
/** How much a price holds on to its former value, in squares of relative errors. */
const inertia = 3e-3;

const name = process.argv[2];
const isSize = process.argv.includes('--size');
const member = isSize ? 'sharedCosts' : 'costs';
const target = loadTarget(name);
const usable = kernels.filter(
  (k) =>
    k.needs.every((f) => target.features.includes(f)) &&
    (!isSparse || k.format) &&
    (!only || (new RegExp(only).test(k.symbol) && !k.fusesAdd)),
);
const groupOf = (k) => `${k.op} ${k.fusesAdd ?? false}`;

function groupBy(list, keyOf) {
  const groups = new Map();
  for (const item of list) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Rows for the same sites, counted: round i uses the i-th of each group wherever it fits. */
const groups = groupBy(usable, groupOf);
const rounds = isSize ? 1 : Math.max(...[...groups.values()].map((g) => g.length));

async function samplesOf(round) {
  const costs = new Map(usable.map((k) => [k, k.cost]));
  for (const group of isSize ? [] : groups.values()) {
    const first = group[round % group.length];
    first.cost = () => ({ instructions: 0 });
  }
  const samples = [];
  for (const [model, make] of sources) {
    const options = {
      target: name,
      optimize: isSize ? 'size' : 'speed',
      measure: true,
      fit: { flash: null, ram: null },
      name: 'm',
      ...(only && { simplify: false, vectors: 1 }),
    };
    const { plan, report } = await compileGraph(make, { name: model, sha256: '', format: 'tflite' }, options);
    planCalls(plan).forEach((call, i) => {
      const layer = report.layers[i];
      if (layer.kernel !== call.kernel.symbol) throw new Error(`${model}: layers and calls differ`);
      if (call.kernel.work && usable.includes(call.kernel))
        samples.push({ kernel: call.kernel, work: call.kernel.work(call.site), count: layer.instructions.measured });
    });
  }
  for (const [k, cost] of costs) k.cost = cost;
  return samples;
}

/** Solves a x = b, a symmetric and positive. */
function solve(a, b) {
  const n = b.length;
  const rows = a.map((row, i) => [...row, b[i]]);
  for (let i = 0; i < n; i++) {
    const pivot = rows
      .slice(i)
      .reduce((best, row, j) => (Math.abs(row[i]) > Math.abs(rows[best][i]) ? i + j : best), i);
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    for (let j = 0; j < n; j++) {
      if (j === i) continue;
      const factor = rows[j][i] / rows[i][i];
      for (let k = i; k <= n; k++) rows[j][k] -= factor * rows[i][k];
    }
  }
  return rows.map((row, i) => row[n] / row[i]);
}

/** Least squares of relative errors, each price held near the one before; none below 0. */
function fitted(samples, before) {
  let units = Object.keys(before);
  const fixed = {};
  for (;;) {
    const size = units.length;
    const a = units.map(() => new Array(size).fill(0));
    const b = new Array(size).fill(0);
    for (const { work, count } of samples) {
      const x = units.map((u) => (work[u] ?? 0) / count);
      for (let i = 0; i < size; i++) {
        b[i] += x[i];
        for (let j = 0; j < size; j++) a[i][j] += x[i] * x[j];
      }
    }
    units.forEach((u, i) => {
      const weight = inertia / Math.max(before[u], 1) ** 2;
      a[i][i] += weight;
      b[i] += weight * before[u];
    });
    const x = solve(a, b);
    const negative = units.filter((_, i) => x[i] < 0);
    if (!negative.length) return { ...fixed, ...Object.fromEntries(units.map((u, i) => [u, rounded(x[i])])) };
    for (const u of negative) fixed[u] = 0;
    units = units.filter((u) => !negative.includes(u));
  }
}

const rounded = (x) => Number(x.toPrecision(3));

const errorOf = (samples, prices) => {
  const errors = samples.map(({ work, count }) => {
    const estimate = Object.entries(work).reduce((sum, [u, n]) => sum + (prices[u] ?? 0) * n, 0);
    return Math.abs(estimate / count - 1);
  });
  return `${(100 * Math.max(...errors)).toFixed(1)} % at most`;
};

const all = [];
for (let round = 0; round < rounds; round++) all.push(...(await samplesOf(round)));

const costs = { ...target[member] };
for (const [symbol, samples] of groupBy(all, (s) => s.kernel.symbol)) {
  const before = { ...samples[0].kernel.prices, ...target.costs?.[symbol], ...target[member]?.[symbol] };
  const after = fitted(samples, before);
  costs[symbol] = after;
  console.log(`${symbol}: ${samples.length} layers, ${errorOf(samples, before)} -> ${errorOf(samples, after)}`);
  console.log(`    ${JSON.stringify(after)}`);
}

if (process.argv.includes('--write')) {
  const file = fileURLToPath(new URL(`../targets/${name}.json`, import.meta.url));
  const lines = Object.entries(costs).map(([symbol, prices]) => {
    const list = Object.entries(prices).map(([u, p]) => `${JSON.stringify(u)}: ${p}`);
    return `    ${JSON.stringify(symbol)}: { ${list.join(', ')} }`;
  });
  const text = readFileSync(file, 'utf8').replace(new RegExp(` {2}"${member}": \\{\\n(?: {4}.*\\n)* {2}\\},\\n`), '');
  writeFileSync(file, text.replace(/^ {2}"qemu"/m, `  "${member}": {\n${lines.join(',\n')}\n  },\n  "qemu"`));
}
