// The main job on a real model: a keyword spotter becomes C for a Cortex-M4, as it is and pruned under a budget of flash and
// time; both are built and run here, over 1,000 recordings, and checked. Then the same model as WebAssembly.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { readLabels, readSamples } from '../dist/data/open.js';
import { allOf } from '../dist/data/samples.js';
import { compile, loadReport, runHost, verifyHost, writeFolder } from '../dist/index.js';
import { flashBytes } from '../dist/verify/code-size.js';

const example = 'examples/keyword-spotting';
const budget = { text: 'flash=40K,latency=33ms@80MHz', flash: 40 * 1024, cycles: 33e-3 * 80e6 };
const number = (n) => n.toLocaleString('en-US');
const started = performance.now();
const seconds = () => ((performance.now() - started) / 1000).toFixed(0);

const samples = await readSamples(`${example}/samples.npy.gz`);
const labels = await readLabels(`${example}/labels.npy.gz`);
const words = readFileSync(`${example}/words.txt`, 'utf8').trim().split(/\s+/);

/** What pruning looks at: other recordings, without labels. */
async function calibration() {
  const { at, count } = await readSamples(`${example}/calibration.npy.gz`);
  return { count, sample: (i) => [at(i)], from: 'calibration.npy.gz' };
}

/** Code bytes on the target itself, when its compiler is here. */
function codeBytes(out, weights) {
  const cc = 'arm-none-eabi-gcc';
  if (spawnSync(cc, ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  const flags = ['-O3', '-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=hard', '-mfpu=fpv4-sp-d16'];
  return flashBytes(out, 'kws', cc, flags) - weights;
}

/** Compiles, writes, builds and runs; every figure of the table. */
async function result(out, options) {
  const { files } = await compile(`${example}/kws.tflite`, { target: 'cortex-m4', name: 'kws', ...options });
  writeFolder(out, files);
  const report = loadReport(out);
  const { totals } = report;
  const scores = runHost(out, allOf(samples));
  const heard = scores.map(([s]) => s.indexOf(Math.max(...s)));
  return {
    report,
    scores,
    heard,
    check: verifyHost(out),
    right: heard.filter((word, i) => word === labels[i]).length,
    code: codeBytes(out, totals.flash.weights) ?? totals.flash.codeEstimated,
  };
}

/** The model as WebAssembly, run in this Node on every recording: time, size, and how many results are those of the C. */
async function webAssembly(out, wanted) {
  const { files } = await compile(`${example}/kws.tflite`, { target: 'wasm', name: 'kws' });
  writeFolder(out, files);
  const begun = performance.now();
  const model = await (await import(pathToFileURL(`${out}/kws.js`).href)).load();
  model.run(samples.at(0));
  const first = performance.now() - begun;
  let equal = 0;
  const times = wanted.map(([scores], i) => {
    const [input, start] = [samples.at(i), performance.now()];
    const got = model.run(input);
    const taken = performance.now() - start;
    if (got.every((v, k) => v === scores[k])) equal++;
    return taken;
  });
  const gzip = ['kws.wasm', 'kws.js'].map((f) => gzipSync(files.get(f), { level: 9 }).length);
  return { equal, first, gzip, variant: model.variant, time: times.sort((a, b) => a - b)[times.length >> 1] };
}

const dense = await result('out/keyword-spotting', {});
console.log('\nKeyword spotting (MLPerf Tiny, int8) -> C99 for Cortex-M4\n');
for (const l of dense.report.layers)
  console.log(
    `  ${l.name.padEnd(34)} ${l.outputShape.join('x').padEnd(12)} ${number(l.macs).padStart(9)} MACs ${number(l.bytes).padStart(7)} bytes`,
  );
console.log(`\n  pruning for ${budget.text}, by 512 recordings without labels; this takes a minute or two ...\n`);
const pruned = await result('out/keyword-spotting-pruned', {
  prune: { samples: await calibration() },
  fit: { flash: budget.flash, cycles: budget.cycles },
});

const percent = (r) => `${((100 * r.right) / samples.count).toFixed(1)} %`;
const rows = [
  ['', () => undefined, 'as it is', 'pruned'],
  ['accuracy', percent, `of ${number(samples.count)} recordings, by the emitted C on this computer`],
  [
    'zeros',
    (r) => `${(100 * (1 - r.report.totals.nonzero / r.report.totals.liveWeights)).toFixed(1)} %`,
    'of the weights left',
  ],
  ['flash, weights', (r) => number(r.report.totals.flash.weights), 'bytes, exact'],
  ['flash, code', (r) => number(r.code), 'bytes, -O3, measured where arm-none-eabi-gcc is installed, else estimated'],
  ['RAM', (r) => number(r.report.totals.ram.arena), 'bytes, with input, output and scratch'],
  ['instructions', (r) => number(r.report.totals.instructions.estimated), 'per run, estimated (--measure counts them)'],
  ['cycles', (r) => number(r.report.totals.cycles.estimated), 'per run, a rough estimate'],
  ['golden vectors', (r) => `${r.check.vectors - r.check.mismatches} of ${r.check.vectors}`, 'equal to the reference'],
];
for (const [what, of, note, second] of rows)
  console.log(
    `  ${what.padEnd(16)}${(of(dense) ?? note).padStart(12)}${(of(pruned) ?? second).padStart(12)}  ${second ? '' : note}`.trimEnd(),
  );
const web = await webAssembly('out/keyword-spotting-wasm', dense.scores);
console.log('\n  as it is, as WebAssembly in Node:');
for (const [what, value, note] of [
  [
    'size',
    number(web.gzip[0] + web.gzip[1]),
    `bytes gzipped: module with weights ${number(web.gzip[0])}, loader ${number(web.gzip[1])}`,
  ],
  ['one run', web.time.toFixed(3), `ms, median of ${number(samples.count)}, ${web.variant}, one thread`],
  ['first result', web.first.toFixed(1), 'ms after the import of the loader began'],
  ['equal', number(web.equal), `of ${number(samples.count)} recordings: all scores are the bytes of the C`],
])
  console.log(`  ${what.padEnd(16)}${value.padStart(12)}  ${note}`);
const first = dense.heard.slice(0, 3).map((w) => words[w]);
console.log(`\n  the first three recordings: ${first.join(', ')}`);
console.log(
  '  files: out/keyword-spotting, out/keyword-spotting-pruned (kws.c, kws.h, report.html, ...), out/keyword-spotting-wasm',
);
console.log(`  ${seconds()} s\n`);
const isWrong = dense.check.mismatches || pruned.check.mismatches || dense.right !== 901 || web.equal !== samples.count;
const isOver = pruned.report.totals.flash.weights + pruned.code > 1.02 * budget.flash;
if (isWrong || isOver || pruned.right < 840) process.exitCode = 1;
