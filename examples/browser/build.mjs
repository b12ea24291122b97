// Makes the page: `node examples/browser/build.mjs [FOLDER]`. Compiles both networks for WebAssembly, dense and pruned.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { compile, Problem, readSamples, writeFolder } from 'espalier';

const here = fileURLToPath(new URL('.', import.meta.url));
export const output = 'out/browser';

/** Samples without labels to prune by; undefined where there are none. */
async function calibration(path) {
  if (!path || !existsSync(path)) return undefined;
  const { at, count } = await readSamples(path);
  return { count, sample: (i) => [at(i)], from: path };
}

const networks = {
  person: {
    file: join(here, '..', 'smart-camera', 'person.tflite'),
    sparsity: 0.5,
    about:
      'Half of the weights that count were taken out, by their size alone: there are no pictures here to prune by.',
  },
  word: {
    file: join(here, '..', 'keyword-spotting', 'kws.tflite'),
    sparsity: 0.8,
    calibrate: join(here, '..', 'keyword-spotting', 'calibration.npy.gz'),
  },
};

/** What the page says below the table. */
function about({ zeros }, samples) {
  const by = samples ? `chosen by ${samples.count} samples without labels` : 'chosen by their size alone';
  return `Pruned: ${Math.round(100 * zeros)} % of the weights are zeros, ${by}. It may be wrong more often.`;
}

/** Compiles one network; returns what the page tells of it. */
async function network(out, name, kind, options) {
  const folder = `${name}-${kind}`;
  const { files, report } = await compile(networks[name].file, { target: 'wasm', name, html: false, ...options });
  writeFolder(join(out, 'models', folder), files);
  const { nonzero, liveWeights } = report.totals;
  return {
    kind,
    title: kind === 'dense' ? 'Dense' : 'Pruned',
    loader: `./models/${folder}/${name}.js`,
    gzip: gzipSync(files.get(`${name}.wasm`), { level: 9 }).length,
    zeros: 1 - nonzero / liveWeights,
  };
}

/**
 * Writes the whole page to a folder that any server of files can serve.
 * @param quick prunes by the size of weights alone, which takes seconds
 */
export async function build(out = output, { quick = false, say = () => {} } = {}) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  cpSync(join(here, 'page'), out, { recursive: true });
  const entries = {};
  for (const [name, { sparsity, calibrate }] of Object.entries(networks)) {
    say(`${name}: dense`);
    const dense = await network(out, name, 'dense', {});
    say(`${name}: pruned, ${100 * sparsity} % zeros`);
    const samples = quick ? undefined : await calibration(calibrate);
    const prune = { sparsity, seed: 1, ...(samples && { samples }) };
    const pruned = await network(out, name, 'pruned', { prune });
    entries[name] = { about: about(pruned, samples), networks: [dense, pruned] };
  }
  writeFileSync(join(out, 'models.json'), JSON.stringify(entries, null, 2));
  return entries;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await build(process.argv[2], { say: (what) => console.log(`build: ${what}`) });
    console.log(`build: ${process.argv[2] ?? output} is ready; \`node examples/browser/serve.mjs\` serves it`);
  } catch (error) {
    console.error(error instanceof Problem ? `build: ${error.line}` : error);
    process.exitCode = 2;
  }
}
