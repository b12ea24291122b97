// Models compiled to WebAssembly and run in this Node, one thread: node bench/wasm.mjs [--zeros 0.8] [MODEL.tflite ...]
// Median of interleaved rounds, share of what the machine's vector instructions can do at most, bytes shipped, first result.
// --zeros sets the smallest weights of every 1x1 convolution and fully connected layer to 0, to see what zeros are worth.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { compileGraph, readModel } from '../dist/compile.js';
import { importModel } from '../dist/importers/index.js';
import { writeFolder } from '../dist/support/output.js';
import { compiledWasm } from '../dist/support/wasm.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { zeros: { type: 'string' } } });
const shared = new URL('../../shared/models/tflite/', import.meta.url).pathname;
const usual = [
  'vww_int8',
  'vww_float',
  'ic_int8',
  'ic_float',
  'kws_int8',
  'kws_hybrid',
  'ad_int8',
  'ad_float',
  'sww_int8',
];
const models = positionals.length
  ? positionals
  : usual.map((m) => join(shared, `mlperf_${m}.tflite`)).filter(existsSync);

const lanes = [...'abcdefghijkl'];
/** Independent sums in registers, as many as hide the time that one takes; nothing else. */
const limitSource = (step) => `
export const x: usize = 64;
export function run(count: i32): v128 {
  const v = v128.load(x);
  ${lanes.map((l, i) => `let ${l} = v128.load(x, ${16 * i});`).join('\n  ')}
  do {
    ${lanes.map((l) => `${l} = ${step(l)};`).join('\n    ')}
  } while (--count);
  return ${lanes.reduce((sum, l) => `v128.xor(${sum}, ${l})`)};
}
export function repeat(count: i32): void {
  v128.store(x, run(count), 512);
}`;
const steps = {
  f32: [4, (l) => `f32x4.add(${l}, f32x4.mul(${l}, v))`],
  int8: [8, (l) => `i32x4.add(${l}, i32x4.dot_i16x8_s(${l}, v))`],
};

/** Multiply-accumulates per nanosecond that nothing can exceed here. */
async function limit([perVector, step]) {
  const flags = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--use', 'abort=', '--initialMemory', '1'];
  const source = limitSource(step).replace('export function run', 'function run');
  const binary = await compiledWasm(new Map([['index.ts', source]]), flags);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary));
  // Short calls: the engine changes to its optimised code between two of them.
  const count = 2e4;
  let best = 0;
  for (const end = performance.now() + 1500; performance.now() < end; )
    best = Math.max(best, (count * lanes.length * perVector) / time(() => exports.repeat(count)));
  return best;
}

function time(work) {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start);
}
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

/** The share of smallest weights of a layer becomes 0. */
function pruned(t, share) {
  const sizes = Array.from(t.data, Math.abs).sort((a, b) => a - b);
  const least = sizes[Math.floor(share * sizes.length)];
  return { ...t, data: t.data.map((v) => (Math.abs(v) < least ? 0 : v)) };
}

function withZeros(graph, share) {
  const ids = new Set(
    graph.nodes.flatMap(({ op, in: [, w] }) => {
      const shape = graph.tensors[w]?.shape;
      return op === 'fully_connected' || (op === 'conv2d' && shape[1] * shape[2] === 1) ? [w] : [];
    }),
  );
  return { ...graph, tensors: graph.tensors.map((t, i) => (ids.has(i) && t.data ? pruned(t, share) : t)) };
}

const work = mkdtempSync(join(tmpdir(), 'espalier-wasm-'));
const first = (file, length, type) => `const start = performance.now();
const { load } = await import(${JSON.stringify(`file://${file}`)});
(await load()).run(new ${type}(${length}));
console.log(performance.now() - start);`;

async function prepare(path, index) {
  const name = basename(path, '.tflite').replace('mlperf_', '');
  const source = await importModel(readModel(path), basename(path));
  const graph = values.zeros ? withZeros(source, Number(values.zeros)) : source;
  const origin = { name: basename(path), sha256: '', format: 'tflite' };
  const options = { target: 'wasm', name: 'm', optimize: 'speed', html: false, vectors: 1 };
  const { files, report } = await compileGraph(() => graph, origin, options);
  const dir = join(work, `${index}`);
  writeFolder(dir, files);
  const { load, inputs } = await import(`file://${dir}/m.js`);
  const model = await load();
  const [{ type, length }] = inputs;
  model.input().set(new type(length).map((_, i) => (type === Float32Array ? Math.sin(i) : ((37 * i) % 256) - 128)));
  const starts = Array.from({ length: 5 }, () => {
    const script = first(join(dir, 'm.js'), length, type.name);
    return Number(spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).stdout);
  });
  const shipped = ['m.wasm', 'm.js'].map((f) => readFileSync(join(dir, f)));
  const isFloat = report.layers.some((l) => /f32/.test(l.kernel));
  return {
    name,
    model,
    isFloat,
    macs: report.totals.liveMacs,
    start: median(starts),
    times: [],
    weights: report.totals.flash.weights,
    bytes: shipped.reduce((n, f) => n + f.length, 0),
    gzip: shipped.reduce((n, f) => n + gzipSync(f, { level: 9 }).length, 0),
  };
}

try {
  const limits = { f32: await limit(steps.f32), int8: await limit(steps.int8) };
  console.log(
    `Node ${process.version}; limits: f32 ${limits.f32.toFixed(1)} GMAC/s, int8 (16-bit products) ${limits.int8.toFixed(1)} GMAC/s`,
  );
  const rows = [];
  for (const [i, path] of models.entries()) rows.push(await prepare(path, i));
  for (const { model } of rows) for (const end = performance.now() + 400; performance.now() < end; ) model.run();
  for (let round = 0; round < 25; round++)
    for (const row of rows) {
      const count = Math.max(1, Math.round(2e6 / (row.times[0] ?? 1e6)));
      row.times.push(
        time(() => {
          for (let i = 0; i < count; i++) row.model.run();
        }) / count,
      );
    }
  const head = ['model', 'variant', 'ms', 'GMAC/s', '% of limit', 'weights', 'shipped', 'gzip', 'first, ms'];
  const text = rows.map((r) => {
    const ns = median(r.times);
    const rate = r.macs / ns;
    return [
      r.name,
      r.model.variant,
      (ns / 1e6).toFixed(4),
      rate.toFixed(1),
      ((100 * rate) / limits[r.isFloat ? 'f32' : 'int8']).toFixed(0),
      r.weights,
      r.bytes,
      r.gzip,
      r.start.toFixed(1),
    ];
  });
  for (const line of [head, ...text])
    console.log(line.map((c, i) => (i < 2 ? String(c).padEnd(12) : String(c).padStart(11))).join(''));
} finally {
  rmSync(work, { recursive: true, force: true });
}
