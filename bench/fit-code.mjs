// Measures what kernels add to a linked image, per target, and writes targets/code/TARGET.json: bytes once, when a kernel
// is first used, and for each layer. A model is cut after each of its layers in turn; what the next layer adds is its own.
//
//     npm run build && node bench/fit-code.mjs [TARGET ...]
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileGraph, importModel, loadTarget, simplify, targetNames, writeFolder } from '../dist/index.js';
import { loadArtifact } from '../dist/verify/artifact.js';
import { sectionBytes } from '../dist/verify/code-size.js';
import { QemuBuild } from '../dist/verify/qemu-build.js';
import { prunedGraph } from './prune.mjs';

const models = ['mlperf_kws_int8', 'mlperf_ic_int8', 'mlperf_vww_int8', 'mlperf_ad_int8', 'mlperf_sww_int8'];
const shared = (name) => fileURLToPath(new URL(`../../shared/models/tflite/${name}.tflite`, import.meta.url));
const out = fileURLToPath(new URL('../targets/code/', import.meta.url));
const level = { balanced: '-O3', size: '-Os' };

/** Code bytes of a graph, and the rows that its layers use. */
async function codeOf(graph, target, optimize) {
  const work = mkdtempSync(join(tmpdir(), 'espalier-code-'));
  try {
    const options = {
      target: target.name,
      optimize,
      simplify: false,
      vectors: 1,
      name: 'm',
      fit: { flash: null, ram: null },
    };
    const { files, report, plan } = await compileGraph(() => graph, { name: 'm', sha256: '', format: '' }, options);
    writeFolder(join(work, 'out'), files);
    mkdirSync(join(work, 'build'));
    const artifact = loadArtifact(join(work, 'out'));
    const build = new QemuBuild(join(work, 'out'), artifact, target, { flags: [level[optimize]] }, join(work, 'build'));
    const size = (kind) => sectionBytes(build.image(kind), target.cc.command);
    const calls = plan.steps.flatMap((s) => (s.kind === 'call' ? [s] : []));
    return {
      code: size('size') - size('empty') - report.totals.flash.weights,
      rows: calls.map(({ kernel }) => `${kernel.symbol}${kernel.format ? ` ${kernel.format}` : ''}`),
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The graph up to node `last`. */
function prefix(graph, last) {
  const nodes = graph.nodes.slice(0, last + 1);
  return { ...graph, nodes, outputs: nodes.at(-1).out };
}

/** What each layer of a graph adds: row, bytes, first of its kind? */
async function layersOf(graph, target, optimize) {
  const found = [];
  let before;
  for (let last = 0; last < graph.nodes.length; last++) {
    const { op } = graph.nodes[last];
    const next = graph.nodes[last + 1];
    if (op === 'reshape' || (next?.op === 'add' && next.in.includes(graph.nodes[last].out[0]))) continue;
    const now = await codeOf(prefix(graph, last), target, optimize);
    const added = before ? now.code - before.code : now.code;
    const row = now.rows.at(-1);
    if (!before || now.rows.length === before.rows.length + 1)
      found.push({ row, bytes: added, first: !before?.rows.includes(row), start: !before });
    before = now;
  }
  return found;
}

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;

/** Bytes [once, each] of every row seen. */
function tableOf(layers) {
  const rows = [...new Set(layers.map((l) => l.row))].sort();
  return Object.fromEntries(
    rows.map((row) => {
      const own = layers.filter((l) => l.row === row);
      const later = own.filter((l) => !l.first).map((l) => l.bytes);
      const first = own.filter((l) => l.first && !l.start).map((l) => l.bytes);
      const start = own.filter((l) => l.start).map((l) => l.bytes);
      const each = later.length ? mean(later) : 0;
      const once = first.length ? mean(first) - each : mean(start) - each;
      return [row, [Math.max(0, Math.round(once)), Math.round(each)]];
    }),
  );
}

mkdirSync(out, { recursive: true });
for (const name of process.argv.length > 2 ? process.argv.slice(2) : targetNames().filter((t) => loadTarget(t).qemu)) {
  const target = loadTarget(name);
  const tables = {};
  for (const optimize of ['balanced', 'size']) {
    const layers = [];
    for (const model of models) {
      const graph = simplify(await importModel(new Uint8Array(readFileSync(shared(model))), model));
      const variants = [graph, simplify(prunedGraph(graph, [1, 1], 0.85)), simplify(prunedGraph(graph, [4, 8], 0.7))];
      for (const variant of variants) layers.push(...(await layersOf(variant, target, optimize)));
      console.log(name, optimize, model, layers.length);
    }
    tables[optimize] = tableOf(layers);
  }
  writeFileSync(join(out, `${name}.json`), `${JSON.stringify(tables, null, 1)}\n`);
}
