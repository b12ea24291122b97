// Our WebAssembly beside the engines a JavaScript user would pick, one thread, in one process: medians of interleaved rounds.
//
//     npm install --prefix bench/web          once: the engines
//     npm run build && node bench/web-peers.mjs
//     node bench/web-peers.mjs kws ad --rounds 30
//     node bench/web-peers.mjs vww mobilenet f32
//     node bench/web-peers.mjs kws int8 --by-loss        pruned by loss, not every layer alike

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { compileGraph, execute, exportOnnx, importModel, simplify, writeFolder } from '../dist/index.js';
import { graphMacs } from '../dist/ops/macs.js';
import { forSparsePath, hasModels, hasSparsePath, keys, modelOf } from './web/models.mjs';

const args = process.argv.slice(2);
const rounds = args.includes('--rounds') ? Number(args[args.indexOf('--rounds') + 1]) : 20;
if (!hasModels || !existsSync(new URL('web/node_modules', import.meta.url))) {
  console.log('web-peers: skipped, the models or the engines (npm install --prefix bench/web) are not there');
  process.exit(0);
}

const chosen = keys.filter((m) => args.includes(m) || !keys.some((n) => args.includes(n)));
const types = ['f32', 'int8'].filter((t, _, all) => args.includes(t) || !all.some((o) => args.includes(o)));
const peers = await Promise.all(['tflite', 'litert', 'tfjs', 'ort'].map((p) => import(`./web/${p}.mjs`)));
const xnnpack = peers.find((p) => p.name === 'tfjs-tflite');
const temporary = mkdtempSync(join(tmpdir(), 'espalier-web-'));
const silent = console.error;
console.error = () => undefined; // the engines tell what they lack in Node

/** Our engine on a graph. */
async function ours(name, graph, input, more = {}) {
  const options = { target: 'wasm', name, vectors: 1, html: false, fit: { flash: null, ram: null }, ...more };
  const compiled = await compileGraph(() => graph, { name, sha256: '', format: 'tflite' }, options);
  const dir = join(temporary, name);
  writeFolder(dir, compiled.files);
  const { load } = await import(pathToFileURL(join(dir, `${name}.js`)));
  const model = await load();
  const run = () => model.run(input);
  return { run, input, graph: compiled.graph, dir, report: compiled.report, variant: model.variant };
}

/** Does an engine give what the reference gives: every byte of int8, floats within 1e-4 of their range? */
async function check(what, engine, graph, input) {
  const [wanted] = execute(graph, [input]);
  const results = await engine.run();
  const got = Array.isArray(results) ? results[0] : results;
  const worst = wanted.reduce((m, v, i) => Math.max(m, Math.abs(v - got[i])), 0);
  const range = wanted.reduce((m, v) => Math.max(m, v), -Infinity) - wanted.reduce((m, v) => Math.min(m, v), Infinity);
  if (!(worst <= (wanted instanceof Float32Array ? 1e-4 * range : 0))) throw new Error(`${what} differs by ${worst}`);
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
function given(peer, type, { bytes, graph, onnx }) {
  if (peer.takes === 'tflite') return bytes;
  if (type === 'int8') return peer.takes === 'onnx' && onnx;
  return peer.takes === 'onnx' ? exportOnnx(graph) : graph;
}

/** The peers that can run a model, and what they give differs from ours by how much. */
async function opened(key, type, model) {
  const engines = [];
  for (const peer of peers) {
    const file = given(peer, type, model);
    if (!file) continue;
    try {
      const engine = await peer.open(file, model.input);
      await engine.run();
      engines.push({ ...engine, name: peer.name });
    } catch (error) {
      console.log(`# ${peer.name} cannot run ${key} ${type}: ${String(error).slice(0, 100)}`);
    }
  }
  return engines;
}

/** XNNPACK's sparse kernels on what our pruned engine runs. */
async function sparsePeer(name, { graph, input }) {
  const turned = forSparsePath(graph, input);
  const engine = await xnnpack.open(turned.bytes, turned.input);
  await check(`${name} on XNNPACK's sparse path`, engine, graph, input);
  return engine;
}

const ms = (v) => (v < 0.1 ? v.toFixed(4) : v.toFixed(3));
const zipped = (file) => gzipSync(readFileSync(file)).length;

console.log(
  `Node ${process.versions.node}, ${rounds} rounds; "sparse" is XNNPACK in tfjs-tflite with the weights of ours 80 %`,
);
const columns =
  'model,type,ours ms,GMAC/s,ours 80 %,of dense,best peer,ms,ours / best,80 % / best,sparse ms,80 % / sparse,all';
console.log(`| ${columns.replaceAll(',', ' | ')} |\n|${columns.replace(/[^,]+/g, '---').replaceAll(',', '|')}|`);

/** One row of the table. */
async function compare(key, type) {
  const name = `${key}_${type}`;
  const model = await modelOf(key, type, args.includes('--by-loss'));
  const { graph, bytes, input } = model;
  const [wanted] = execute(graph, [input]);
  const [again] = execute(simplify(await importModel(bytes, `${name}.tflite`)), [input]);
  if (!wanted.every((v, i) => v === again[i])) throw new Error(`the file of ${name} is another model`);
  const dense = await ours(name, graph, input);
  await check(name, dense, graph, input);
  const pruned = await ours(`${name}_80`, model.sparse.graph, input, model.sparse.options);
  await check(`${name}_80`, pruned, pruned.graph, input);
  const engines = await opened(key, type, model);
  const sparse = hasSparsePath(key, type) ? [await sparsePeer(name, pruned)] : [];
  const [own, own80, ...rest] = await times([dense, pruned, ...engines, ...sparse]);
  const others = rest.slice(0, engines.length);
  const best = Math.min(...others);
  const by = engines[others.indexOf(best)].name;
  const all = engines.map((e, i) => `${e.name} ${ms(others[i])}`).join(', ');
  const speed = (graphMacs(dense.graph) / own / 1e6).toFixed(2);
  const ratio = (a, b) => (a / b).toFixed(2);
  const last = sparse.length ? [ms(rest.at(-1)), ratio(own80, rest.at(-1))] : ['', ''];
  const cells = [ms(own), speed, ms(own80), ratio(own80, own), by, ms(best), ratio(own, best), ratio(own80, best)];
  console.log(`| ${[key, type, ...cells, ...last, all].join(' | ')} |`);
  const shipped = zipped(join(dense.dir, `${name}.wasm`)) + zipped(join(dense.dir, `${name}.js`));
  console.log(
    `# ${key} ${type}: ${dense.variant}; wasm and loader ${shipped} bytes gzip, weights ${dense.report.totals.flash.weights}`,
  );
  const at = engines.findIndex((e) => e.name === xnnpack.name);
  if (sparse.length) console.log(`# ${key} ${type}: XNNPACK sparse / dense ${ratio(rest.at(-1), others[at])}`);
}

for (const key of chosen) for (const type of types) await compare(key, type);
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
