// Accuracy of float models as we quantise them, beside float and the official int8 model; emitted C on this computer.
//
//     npm run build && node bench/quantise.mjs              all models, what is taken and every rule for ranges
//     node bench/quantise.mjs ic --precision int16x8        one model, another precision

import { settleQuantisation, subjectOf } from '../dist/compress.js';
import { executeBatch } from '../dist/ops/float/batch.js';
import { rangeRules } from '../dist/quantise/ranges.js';
import { Linear } from '../dist/support/linear.js';
import { hasShared, load, models, source } from './accuracy/data.mjs';
import { accuracy, outputs } from './accuracy/emitted.mjs';

const args = process.argv.slice(2);
const precision = args.includes('--precision') ? args[args.indexOf('--precision') + 1] : 'int8';
if (!hasShared) {
  console.log('quantise: skipped, the folder of models is not there');
  process.exit(0);
}

/** Points that may be lost against float, and against the official int8 model. */
const marks = { ic: [0.5, 0.3], kws: [1, 1], vww: [1, 1] };
const linear = await Linear.load();

/** Accuracy in float, over all samples at once. */
function inFloat(graph, test, size) {
  const count = test.data.length / size;
  const ys = [];
  for (let from = 0; from < count; from += 50) {
    const some = Math.min(50, count - from);
    const [y] = executeBatch(linear, graph, [test.data.slice(from * size, (from + some) * size)], some);
    const classes = y.length / some;
    for (let i = 0; i < some; i++) ys.push(y.slice(i * classes, (i + 1) * classes));
  }
  return accuracy(ys, test.labels);
}

console.log('| model | way | accuracy | SQNR dB | settle s |');
console.log('|---|---|---|---|---|');
for (const name of Object.keys(marks).filter(
  (n) => args.includes(n) || !Object.keys(marks).some((m) => args.includes(m)),
)) {
  const model = models[name];
  const graph = await load(model.files.float);
  const test = model.test();
  const { from, data } = (model.mixture ?? model.calibration)();
  const samples = source(from, data, model.size, graph);
  const row = (way, value, ...rest) => console.log(`| ${name} | ${way} | ${value.toFixed(2)} | ${rest.join(' | ')} |`);
  const float = inFloat(graph, test, model.size);
  row('float', float, '', '');
  const official = accuracy(await outputs(await load(model.files.int8), test, model.size), test.labels);
  row('official int8', official, '', '');
  for (const ranges of ['auto', ...rangeRules]) {
    const rest = ranges === 'auto' ? {} : { equalise: false, correctBias: false };
    const start = performance.now();
    const settled = await settleQuantisation(graph, samples, { precision, ranges, ...rest });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const { stored } = await subjectOf(graph, samples, { quantise: settled });
    const value = accuracy(await outputs(stored, test, model.size), test.labels);
    const { equalise, correctBias, real, sqnr } = settled;
    const way = [
      settled.ranges,
      equalise && 'equalised',
      correctBias && 'corrected',
      real.length && `${real.length} in float`,
    ];
    row(
      `${precision} ${ranges === 'auto' ? 'auto: ' : ''}${way.filter(Boolean).join(', ')}`,
      value,
      sqnr?.toFixed(1) ?? '',
      seconds,
    );
    if (ranges !== 'auto') continue;
    const isMet = float - value <= marks[name][0] && official - value <= marks[name][1];
    if (!isMet) process.exitCode = 1;
    console.log(
      `| ${name} | ${isMet ? 'met' : 'MISSED'}: ${marks[name][0]} of float, ${marks[name][1]} of official | | | |`,
    );
  }
}
