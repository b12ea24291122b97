// Accuracy after pruning and fine-tuning: int8 results as emitted C on this computer, with mean and spread over seeds.
//
//     npm run build && node bench/finetune.mjs                    all rows, three seeds
//     node bench/finetune.mjs ic --rows 70,80 --seeds 1           some rows
//     node bench/finetune.mjs kws --rows 70 --settings '{"rate":0.004}'

import { pruneModel, subjectOf } from '../dist/compress.js';
import { finetune } from '../dist/finetune.js';
import { simplify } from '../dist/index.js';
import { parsePattern } from '../dist/prune/pattern.js';
import { hasShared, load, models, source } from './accuracy/data.mjs';
import { accuracy, outputs } from './accuracy/emitted.mjs';

const args = process.argv.slice(2);
const option = (name, otherwise) => (args.includes(name) ? args[args.indexOf(name) + 1] : otherwise);
const seeds = Array.from({ length: Number(option('--seeds', '3')) }, (_, i) => i + 1);
const only = option('--rows', undefined)?.split(',');
const given = JSON.parse(option('--settings', '{}'));
if (!hasShared) {
  console.log('finetune: skipped, the folder of models is not there');
  process.exit(0);
}

const unstructured = (percent) => ({ pattern: parsePattern('unstructured'), sparsity: percent / 100 });
/** How each model is trained. */
const settings = {
  ic: { epochs: 8, augment: { flip: true, shift: 2, mix: 0.5 }, validation: 0 },
  kws: { epochs: 15, augment: { shift: [2, 0], noise: 0.05 } },
};
/** Pruning, and points that may be lost; `unlabelled` leaves the labels out. */
const rows = {
  ic: {
    70: { prune: unstructured(70), mark: 2 },
    80: { prune: unstructured(80), mark: 4.5 },
    '70-unlabelled': { prune: unstructured(70), mark: 3, unlabelled: true },
    '2:4': { prune: { pattern: parsePattern('2:4') }, mark: 2 },
    '1x4': { prune: { pattern: parsePattern('1x4'), sparsity: 0.5 }, mark: 3 },
    channels: { prune: { channels: 0.74 }, mark: 4 },
  },
  kws: {
    70: { prune: unstructured(70), mark: 1.5 },
    80: { prune: unstructured(80), mark: 3 },
    channels: { prune: { channels: 0.5 }, mark: 4 },
  },
};

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const deviation = (list) => Math.sqrt(mean(list.map((v) => (v - mean(list)) ** 2)));

/** Lost points before and after training. */
async function trial(model, graph, row, seed, judge) {
  const { from, data } = model.calibration();
  const calibration = source(from, data, model.size, graph);
  const pruned = await pruneModel(graph, calibration, { ...row.prune, seed, polish: 0 });
  const labels = row.unlabelled ? undefined : model.trainLabels();
  const apart = model.validation?.();
  const set = (of, y) => ({
    count: of.length / model.size,
    inputs: (i) => [of.subarray(i * model.size, (i + 1) * model.size)],
    ...(y && { label: (i) => y[i] }),
  });
  const request = {
    ...{ ...model.settings, ...given, seed },
    data: set(data, labels),
    ...(apart && { validation: set(apart.data, row.unlabelled ? undefined : apart.labels) }),
  };
  const start = [performance.now(), process.cpuUsage()];
  const progress = { stage: () => undefined, share: () => undefined };
  const trained = await finetune(graph, pruned.dense, simplify(pruned.graph), request, progress);
  const { user, system } = process.cpuUsage(start[1]);
  return {
    before: await judge(pruned.graph),
    after: await judge(trained.graph),
    seconds: (performance.now() - start[0]) / 1000,
    cpu: (user + system) / 1e6,
  };
}

console.log('| model | row | dense | pruned | fine-tuned, each seed | mean lost | deviation | mark | s | CPU s |');
console.log('|---|---|---|---|---|---|---|---|---|---|');
for (const name of Object.keys(rows).filter(
  (n) => args.includes(n) || !Object.keys(rows).some((m) => args.includes(m)),
)) {
  const model = { ...models[name], settings: settings[name] };
  const graph = await load(model.files.int8);
  const test = model.test();
  const counts = model.isJudged?.();
  const judge = async (g) => accuracy(await outputs(g, test, model.size), test.labels, (i) => !counts || counts[i]);
  const { from, data } = model.calibration();
  const { stored } = await subjectOf(graph, source(from, data, model.size, graph), { most: 2048 });
  const dense = await judge(stored);
  for (const [label, row] of Object.entries(rows[name]).filter(([l]) => only?.includes(l) ?? true)) {
    const results = [];
    for (const seed of seeds) results.push(await trial(model, graph, row, seed, judge));
    const lost = results.map((r) => dense - r.after);
    const verdict = mean(lost) <= row.mark ? 'met' : 'MISSED';
    const list = (pick) => results.map((r) => pick(r).toFixed(2)).join(', ');
    console.log(
      `| ${name} | ${label} | ${dense.toFixed(2)} | ${list((r) => r.before)} | ${list((r) => r.after)} | ${mean(lost).toFixed(2)} | ${deviation(lost).toFixed(2)} | ${verdict} (${row.mark}) | ${mean(results.map((r) => r.seconds)).toFixed(0)} | ${mean(results.map((r) => r.cpu)).toFixed(0)} |`,
    );
    if (verdict === 'MISSED') process.exitCode = 1;
  }
}
