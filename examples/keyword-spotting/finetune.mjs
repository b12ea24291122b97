// The full story in one command: the keyword spotter as it is; with 80 % of its weights gone; the same trained again, int8;
// each for a Cortex-M4, built and counted under QEMU. `node examples/keyword-spotting/finetune.mjs [--epochs N]`
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, openDataset, Problem, readLabels, readSamples, subset, writeFolder } from 'espalier';

const here = fileURLToPath(new URL('.', import.meta.url));
const file = (name) => join(here, name);
/** Quantisation of the model's input. */
const feed = { scale: 0.5847029089927673, mean: 83 };
const inputs = [{ name: 'mfcc', shape: [1, 49, 10, 1], type: 'f32' }];

const dataset = (name) =>
  openDataset({ data: [file(`${name}-x.npy.gz`)], labels: file(`${name}-y.npy.gz`), inputs, feed });

/** The official recordings of speakers that are not among those to learn from. */
async function test() {
  const [x, y, unseen] = [
    await readSamples(file('samples.npy.gz')),
    await readLabels(file('labels.npy.gz')),
    await readLabels(file('unseen.npy.gz')),
  ];
  const chosen = [...unseen.keys()].filter((i) => unseen[i]);
  return { count: chosen.length, sample: (i) => [Int8Array.from(x.at(chosen[i]))], labels: chosen.map((i) => y[i]) };
}

/** Numbers of at most so many samples, evenly over all. */
const spread = (count, most) =>
  Array.from({ length: Math.min(count, most) }, (_, i) => Math.floor((i * count) / Math.min(count, most)));

/** Recordings to prune by. */
async function calibration(most) {
  const x = await readSamples(file('train-x.npy.gz'));
  const chosen = spread(x.count, most);
  return { count: chosen.length, sample: (i) => [Int8Array.from(x.at(chosen[i]))], from: x.from };
}

/**
 * Compiles the model three times.
 * @param {{ out: string, epochs?: number, sparsity?: number, most?: number, measure?: boolean, progress?: object }} options
 *   most: samples to prune by and to learn from at most
 * @returns reports by name
 */
export async function story({ out, epochs = 15, sparsity = 0.8, most = 4096, measure = true, progress }) {
  const labelled = await test();
  const all = await dataset('train');
  const data = subset(all, spread(all.count, most));
  const augment = { shift: [2, 0], noise: 0.05 };
  const finetune = { epochs, data, validation: await dataset('validation'), augment };
  const prune = { sparsity, samples: await calibration(most) };
  const reports = {};
  for (const [name, more] of Object.entries({ dense: {}, pruned: { prune }, finetuned: { prune, finetune } })) {
    const about = { target: 'cortex-m4', name: 'kws', labelled, measure, ...(progress && { progress }) };
    const { files, report } = await compile(file('kws.tflite'), { ...about, ...more });
    writeFolder(join(out, name), files);
    reports[name] = report;
  }
  return reports;
}

const number = (n) => (n === null ? '-' : n.toLocaleString('en-US'));
/** What is told of each: a name, a figure of its report, what it counts. */
const figures = [
  ['accuracy', (r) => `${r.accuracy.compiled.toFixed(1)} %`, 'of recordings whose speakers were never heard before'],
  ['zeros', ({ totals: t }) => `${(100 * (1 - t.nonzero / t.liveWeights)).toFixed(1)} %`, 'of the weights'],
  ['flash, weights', ({ totals: t }) => number(t.flash.weights), 'bytes'],
  ['flash, code', ({ totals: t }) => number(t.flash.code ?? t.flash.codeEstimated), 'bytes'],
  ['RAM, arena', ({ totals: t }) => number(t.ram.arena), 'bytes'],
  ['instructions', ({ totals: t }) => number(t.instructions.measured ?? t.instructions.estimated), 'per run'],
  ['cycles', ({ totals: t }) => number(t.cycles.estimated), 'per run, a rough estimate'],
  ['golden vectors', (r) => r.verification.map((v) => `${v.vectors - v.mismatches} of ${v.vectors}`).join(), 'equal'],
];

export function table(reports) {
  const list = Object.values(reports);
  const line = (what, cells, note) => `  ${what.padEnd(16)}${cells.map((c) => c.padStart(14)).join('')}  ${note}`;
  return [
    line('', ['as it is', 'pruned', 'fine-tuned'], ''),
    ...figures.map(([what, of, note]) => line(what, list.map(of), note)),
  ].map((l) => l.trimEnd());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--epochs');
  const progress = { stage: (name) => process.stderr.write(`  ${name} ...\n`), share: () => undefined };
  try {
    const start = performance.now();
    const epochs = at < 0 ? 15 : Number(process.argv[at + 1]);
    console.log(table(await story({ out: 'out/keyword-spotting-story', epochs, progress })).join('\n'));
    console.log(`  ${((performance.now() - start) / 1000).toFixed(0)} s`);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(error.line);
    process.exitCode = error.exitCode;
  }
}
