// Accuracy after pruning without labels: int8 results as emitted C on this computer, beside magnitude pruning in the same run.
//
//     npm run build && node bench/accuracy.mjs            all models, all rows
//     node bench/accuracy.mjs ic kws                      some models
//     node bench/accuracy.mjs ic --marks                  only the rows with a mark
//     node bench/accuracy.mjs ic --more           only the others
//     node bench/accuracy.mjs ic --zeros 50,70    only these shares
//     node bench/accuracy.mjs ic --int8           not from float
//     node bench/accuracy.mjs ic --samples 512 --seed 2
import { pruneModel, subjectOf } from '../dist/compress.js';
import { parsePattern } from '../dist/prune/pattern.js';
import { hasShared, load, models, source } from './accuracy/data.mjs';
import { accuracy, outputs } from './accuracy/emitted.mjs';

const args = process.argv.slice(2);
const option = (name, otherwise) => (args.includes(name) ? Number(args[args.indexOf(name) + 1]) : otherwise);
const most = option('--samples', 4096);
const seed = option('--seed', 1);
const only = args.includes('--zeros') ? args[args.indexOf('--zeros') + 1].split(',').map(Number) : undefined;
const wanted = args.filter((a) => a in models);
if (!hasShared) {
  console.log('accuracy: skipped, the folder of models is not there');
  process.exit(0);
}

/** Zeros in percent, and the points that may be lost (for AD: share of magnitude's error). */
const marks = {
  ic: { 50: 1.5, 60: 2.5, 70: 4.5 },
  kws: { 50: 1.5, 60: 3, 70: 6 },
  ad: { 50: 0.1, 70: 0.1, 80: 0.1 },
  vww: { 40: 2 },
};
const more = [
  ['unstructured', 80],
  ['1x4', 50],
  ['1x4', 70],
  ['4x4', 70],
  ['2:4', 50],
];

/** Squared error over variance of the outputs. */
function relativeError(dense, ys) {
  let [error, variance] = [0, 0];
  for (let k = 0; k < dense[0].length; k++) {
    const mean = dense.reduce((s, y) => s + y[k], 0) / dense.length;
    dense.forEach((y, i) => {
      error += (ys[i][k] - y[k]) ** 2;
      variance += (y[k] - mean) ** 2;
    });
  }
  return error / variance;
}

const zeros = (result) => {
  const [z, n] = result.layers.reduce(([z, n], l) => [z + l.zeros, n + l.weights], [0, 0]);
  return z / n;
};

/** Shares of zeros for VWW are of the weights that are not zero yet. */
async function shareOf(name, graph, calibration, percent) {
  if (name !== 'vww') return percent / 100;
  const { layers } = await pruneModel(graph, calibration, { sparsity: 0, method: 'magnitude', most: 32 });
  const pruned = layers.filter((l) => l.prunable);
  const [z, n] = pruned.reduce(([z, n], l) => [z + l.zeros, n + l.weights], [0, 0]);
  return (z + (percent / 100) * (n - z)) / n;
}

async function row(name, label, graph, data, pattern, percent, reference) {
  const { calibration, test, size } = data;
  const sparsity = pattern.includes(':') ? {} : { sparsity: await shareOf(name, graph, calibration, percent) };
  const options = { ...sparsity, pattern: parsePattern(pattern), most, seed };
  const start = process.cpuUsage();
  const ours = await pruneModel(graph, calibration, options);
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  const plain = await pruneModel(graph, calibration, { ...options, method: 'magnitude', most: 256 });
  const judge = async (g) => {
    const ys = await outputs(g, test, size);
    return test.labels ? accuracy(ys, test.labels) : relativeError(reference, ys);
  };
  const [a, b] = [await judge(ours.graph), await judge(plain.graph)];
  const mark = pattern === 'unstructured' ? marks[name][percent] : undefined;
  const dense = test.labels ? accuracy(reference, test.labels) : 0;
  const lost = test.labels ? dense - a : a / b;
  const verdict = mark === undefined ? '' : `${lost <= mark ? 'met' : 'MISSED'} (${mark})`;
  const figure = (v) => (test.labels ? v.toFixed(2) : v.toFixed(4));
  console.log(
    `| ${label} | ${pattern} | ${(100 * ours.sparsity).toFixed(1)} | ${(100 * zeros(ours)).toFixed(1)} | ${figure(a)} | ${test.labels ? lost.toFixed(2) : figure(lost)} | ${verdict} | ${figure(b)} | ${ours.error.toFixed(4)} | ${seconds.toFixed(0)} |`,
  );
  if (verdict.startsWith('MISSED')) process.exitCode = 1;
}

console.log(
  '| model | pattern | zeros in pruned layers % | in all % | result | lost | mark | magnitude | output error | CPU s |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|');
for (const name of wanted.length ? wanted : Object.keys(models)) {
  const { size, files, ...about } = models[name];
  const { from, data } = about.calibration();
  const test = about.test();
  for (const [kind, file] of Object.entries(files)) {
    if (args.includes('--int8') && kind !== 'int8') continue;
    const graph = await load(file);
    const calibration = source(from, data, size, graph);
    const { stored } = await subjectOf(graph, calibration, { most, seed });
    const reference = await outputs(stored, test, size);
    const label = kind === 'int8' ? name : `${name} ${kind}`;
    const dense = test.labels ? accuracy(reference, test.labels).toFixed(2) : '';
    console.log(`| ${label} | dense int8 | | | ${dense} | | | | | |`);
    const marked = Object.keys(marks[name]).map((p) => ['unstructured', Number(p)]);
    const rows = [...(args.includes('--more') ? [] : marked), ...(args.includes('--marks') ? [] : more)];
    for (const [pattern, percent] of rows.filter(([, p]) => only?.includes(p) ?? true))
      await row(name, label, graph, { calibration, test, size }, pattern, percent, reference);
  }
}
