// Makes the page: `node examples/browser/build.mjs [--quick] [FOLDER]`. Compiles both networks for WebAssembly, dense and pruned.
import { chmodSync, cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { readArguments, runCommand } from './arguments.mjs';
import { checkFolder, filled } from './folder.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
export const output = 'out/browser';

/** Samples without labels to prune by; undefined where there are none. */
async function calibration(path) {
  if (!path || !existsSync(path)) return undefined;
  const { readSamples } = await import('espalier');
  const { at, count } = await readSamples(path);
  return { count, sample: (i) => [at(i)], from: path };
}

const networks = {
  person: {
    file: join(here, '..', 'smart-camera', 'person.tflite'),
    sparsity: 0.5, // by their size alone: there are no pictures here to prune by
  },
  word: {
    file: join(here, '..', 'keyword-spotting', 'kws.tflite'),
    sparsity: 0.8,
    calibrate: join(here, '..', 'keyword-spotting', 'calibration.npy.gz'),
  },
};

/** What the page says below the table. */
function about(dense, pruned, samples) {
  const [left, all] = [pruned, dense].map(({ weights }) => weights.toLocaleString('en'));
  const by = samples ? `chosen by ${samples.count} samples without labels` : 'chosen by their size alone';
  return `Pruned: ${left} of ${all} weights are left, ${by}. It may be wrong more often.`;
}

/** Compiles one network; returns what the page tells of it. */
async function network(out, name, kind, options) {
  const { compile, writeFolder } = await import('espalier');
  const folder = `${name}-${kind}`;
  const { files, report } = await compile(networks[name].file, { target: 'wasm', name, html: false, ...options });
  writeFolder(join(out, 'models', folder), files);
  return {
    kind,
    title: kind === 'dense' ? 'Dense' : 'Pruned',
    loader: `./models/${folder}/${name}.js`,
    gzip: gzipSync(files.get(`${name}.wasm`), { level: 9 }).length,
    weights: report.totals.nonzero,
  };
}

/** Both networks of a kind, as `models.json` has them. */
async function pair(out, name, quick, say) {
  const { sparsity, calibrate } = networks[name];
  say(`${name}: dense`);
  const dense = await network(out, name, 'dense', {});
  say(`${name}: pruned, ${100 * sparsity} % zeros`);
  const samples = quick ? undefined : await calibration(calibrate);
  const prune = { sparsity, seed: 1, ...(samples && { samples }) };
  const pruned = await network(out, name, 'pruned', { prune });
  return { about: about(dense, pruned, samples), networks: [dense, pruned] };
}

/**
 * Writes the whole page to a folder that any server of files can serve; one of an earlier build is replaced.
 * @param quick prunes by the size of weights alone, which takes seconds
 * @throws Refused where the folder holds anything else
 */
export async function build(out = output, { quick = false, say = () => {} } = {}) {
  const page = join(here, 'page');
  const names = Object.keys(networks);
  checkFolder(
    out,
    readdirSync(page),
    names.flatMap((name) => [`${name}-dense`, `${name}-pruned`]),
  );
  return filled(out, async (fresh) => {
    chmodSync(fresh, 0o755);
    cpSync(page, fresh, { recursive: true, filter: (path) => !path.endsWith('.d.mts') });
    const entries = {};
    for (const name of names) entries[name] = await pair(fresh, name, quick, say);
    writeFileSync(join(fresh, 'models.json'), JSON.stringify(entries, null, 2));
    return entries;
  });
}

async function main() {
  const { values, words } = readArguments('build.mjs [--quick] [FOLDER]', 1, ['quick']);
  await build(words[0], { quick: values.quick, say: (what) => console.log(`build: ${what}`) });
  const command = ['node examples/browser/serve.mjs', ...words].join(' ');
  console.log(`build: ${words[0] ?? output} is ready; \`${command}\` serves it`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runCommand('build', main);
