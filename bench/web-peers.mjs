// Our WebAssembly beside the engines a JavaScript user would pick, one thread, in one process: medians of interleaved rounds.
//
//     npm install --prefix bench/web          once: the engines
//     npm run build && node bench/web-peers.mjs
//     node bench/web-peers.mjs kws ad --rounds 30

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { compileGraph, execute, exportOnnx, importModel, simplify, writeFolder } from '../dist/index.js';
import { graphMacs } from '../dist/ops/macs.js';
import { random } from '../dist/support/rng.js';
import { source } from './accuracy/data.mjs';

const shared = new URL('../../shared/models/', import.meta.url);
const args = process.argv.slice(2);
const rounds = args.includes('--rounds') ? Number(args[args.indexOf('--rounds') + 1]) : 20;
if (!existsSync(shared) || !existsSync(new URL('web/node_modules', import.meta.url))) {
  console.log('web-peers: skipped, the models or the engines (npm install --prefix bench/web) are not there');
  process.exit(0);
}

const models = ['vww', 'ic', 'kws', 'ad'];
const chosen = models.filter((m) => args.includes(m) || !models.some((n) => args.includes(n)));
/** int8 models in ONNX, where there is one. */
const quantisedOnnx = { kws: 'mlperf_kws_qdq', ad: 'mlperf_ad_qdq' };
const peers = await Promise.all(['tflite', 'litert', 'tfjs', 'ort'].map((p) => import(`./web/${p}.mjs`)));
const bytesOf = (path) => new Uint8Array(readFileSync(new URL(path, shared)));
const temporary = mkdtempSync(join(tmpdir(), 'espalier-web-'));
const silent = console.error;
console.error = () => undefined; // the engines tell what they lack in Node

/** Our engine on a graph, its weights pruned where that is asked for. */
async function ours(name, graph, input, sparsity) {
  const next = random(3);
  const size = input.length;
  const data = Float32Array.from({ length: 64 * size }, () => 2 * next() - 1);
  const prune = sparsity && {
    prune: { sparsity, pattern: 'unstructured', samples: source('random', data, size, graph) },
    ...(graph.tensors[graph.inputs[0]].type === 'f32' && { quantise: { precision: 'float32' } }),
  };
  const options = { target: 'wasm', name, vectors: 1, html: false, fit: { flash: null, ram: null }, ...prune };
  const compiled = await compileGraph(() => graph, { name, sha256: '', format: 'tflite' }, options);
  const dir = join(temporary, name);
  writeFolder(dir, compiled.files);
  const { load } = await import(pathToFileURL(join(dir, `${name}.js`)));
  const model = await load();
  return { run: () => model.run(input), graph: compiled.graph, dir, report: compiled.report, variant: model.variant };
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

/** Runs for a while: V8 compiles with optimisation in the background, function by function. */
async function warm({ run }) {
  const until = performance.now() + 800;
  while (performance.now() < until) {
    for (let k = 0; k < 10; k++) await run();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Milliseconds of one run, by turns: each engine runs for at least 4 ms a round. */
async function times(engines) {
  const found = engines.map(() => []);
  const often = [];
  for (const e of engines) await warm(e);
  for (const [i, e] of engines.entries()) {
    const start = performance.now();
    for (let k = 0; k < 5; k++) await e.run();
    often[i] = Math.max(1, Math.ceil(4 / Math.max(0.001, (performance.now() - start) / 5)));
  }
  for (let round = 0; round < rounds; round++)
    for (const [i, e] of engines.entries()) {
      const start = performance.now();
      for (let k = 0; k < often[i]; k++) await e.run();
      found[i].push((performance.now() - start) / often[i]);
    }
  return found.map(median);
}

/** What an engine is given of a model. */
function given(peer, key, type, bytes, graph) {
  if (peer.takes === 'tflite') return bytes;
  if (type === 'int8') return peer.takes === 'onnx' && quantisedOnnx[key] && bytesOf(`onnx/${quantisedOnnx[key]}.onnx`);
  return peer.takes === 'onnx' ? exportOnnx(graph) : graph;
}

/** The peers that can run a model, and what they give differs from ours by how much. */
async function opened(key, type, bytes, graph, input) {
  const engines = [];
  for (const peer of peers) {
    const model = given(peer, key, type, bytes, graph);
    if (!model) continue;
    try {
      const engine = await peer.open(model, input);
      await engine.run();
      engines.push({ ...engine, name: peer.name });
    } catch (error) {
      console.log(`# ${peer.name} cannot run ${key} ${type}: ${String(error).slice(0, 100)}`);
    }
  }
  return engines;
}

const ms = (v) => (v < 0.1 ? v.toFixed(4) : v.toFixed(3));
const zipped = (file) => gzipSync(readFileSync(file)).length;

console.log(`Node ${process.versions.node}, ${rounds} rounds`);
console.log(
  '| model | type | ours ms | GMAC/s | ours 80 % | of dense | best peer | ms | ours / best | 80 % / best | all |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|---|');
for (const key of chosen)
  for (const [type, file] of [
    ['f32', `mlperf_${key}_float`],
    ['int8', `mlperf_${key}_int8`],
  ]) {
    const bytes = bytesOf(`tflite/${file}.tflite`);
    const graph = simplify(await importModel(bytes, `${file}.tflite`));
    const t = graph.tensors[graph.inputs[0]];
    const next = random(1);
    const count = t.shape.reduce((a, b) => a * b, 1);
    const input =
      type === 'f32'
        ? Float32Array.from({ length: count }, () => next())
        : Int8Array.from({ length: count }, () => Math.floor(256 * next()) - 128);
    const dense = await ours(`${key}_${type}`, graph, input);
    const sparse = await ours(`${key}_${type}_80`, graph, input, 0.8);
    const [wanted] = execute(graph, [input]);
    const got = dense.run();
    const worst = wanted.reduce((m, v, i) => Math.max(m, Math.abs(v - (Array.isArray(got) ? got[0] : got)[i])), 0);
    if (type === 'int8' ? worst !== 0 : worst > 1e-4) throw new Error(`${key} ${type} differs by ${worst}`);
    const engines = await opened(key, type, bytes, graph, input);
    const [own, pruned, ...others] = await times([dense, sparse, ...engines]);
    const best = Math.min(...others);
    const by = engines[others.indexOf(best)].name;
    const all = engines.map((e, i) => `${e.name} ${ms(others[i])}`).join(', ');
    const speed = (graphMacs(dense.graph) / own / 1e6).toFixed(2);
    console.log(
      `| ${key} | ${type} | ${ms(own)} | ${speed} | ${ms(pruned)} | ${(pruned / own).toFixed(2)} | ${by} | ${ms(best)} | ${(own / best).toFixed(2)} | ${(pruned / best).toFixed(2)} | ${all} |`,
    );
    const shipped = zipped(join(dense.dir, `${key}_${type}.wasm`)) + zipped(join(dense.dir, `${key}_${type}.js`));
    console.log(
      `# ${key} ${type}: ${dense.variant}; wasm and loader ${shipped} bytes gzip, weights ${dense.report.totals.flash.weights}`,
    );
  }
console.log('\n| engine | shipped KB | gzip KB |');
console.log('|---|---|---|');
for (const { name, shipped } of peers) {
  const kb = (n) => (n / 1024).toFixed(0);
  const there = shipped.filter((file) => existsSync(file));
  const all = there.reduce((n, f) => n + readFileSync(f).length, 0);
  console.log(`| ${name} | ${kb(all)} | ${kb(there.reduce((n, f) => n + zipped(f), 0))} |`);
}
console.error = silent;
rmSync(temporary, { recursive: true, force: true });
process.exit(0);
