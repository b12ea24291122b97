// What kernels add to a linked image, fitted per target: bytes once, when a kernel is first used, and for each layer; written
// to targets/code/TARGET.json, from which `compile` estimates the code (src/plan/code.ts).
//
//     npm run build && node bench/fit-code.mjs [TARGET ...]       prints the error of every image with the new table
//
// Images of whole models are linked and measured; what their totals do not tell apart stays near usual values.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileGraph, importModel, loadTarget, simplify, targetNames, writeFolder } from '../dist/index.js';
import { estimateCode, rowName } from '../dist/plan/code.js';
import { planCalls } from '../dist/plan/plan.js';
import { loadArtifact } from '../dist/verify/artifact.js';
import { sectionBytes } from '../dist/verify/code-size.js';
import { QemuBuild } from '../dist/verify/qemu-build.js';
import { prunedGraph } from './prune.mjs';

/** Models to fit by; the first five, and only those, pruned too. */
const models = [
  ...['mlperf_kws', 'mlperf_ic', 'mlperf_vww', 'mlperf_ad', 'mlperf_sww'],
  ...[
    'person_detect',
    'micro_speech',
    'mltk_kws_mobilenetv2',
    'mltk_rock_paper_scissors',
    'openmv_fomo_face',
    'mcunet_vww',
  ],
];
/** Models that the tables have not seen. */
const others = ['hello_world', 'mltk_kws_alexa', 'mltk_magic_wand', 'mltk_fingerprint', 'openmv_blazeface_front'];
const file = (model) => fileURLToPath(new URL(`../../shared/models/tflite/${model}_int8.tflite`, import.meta.url));
const folder = fileURLToPath(new URL('../targets/code/', import.meta.url));
/** Zeros by pattern: sparse kernels are learnt too. */
const variants = {
  dense: (g) => g,
  sparse: (g) => simplify(prunedGraph(g, [1, 1], 0.85)),
  blocks: (g) => simplify(prunedGraph(g, [4, 8], 0.7)),
};
const level = { balanced: '-O3', size: '-Os' };
const usual = { balanced: { base: 300, once: 900, each: 350 }, size: { base: 300, once: 500, each: 40 } };
/** How much a number holds on to its usual value, in squares of relative errors. */
const inertia = 1e-6;

async function image(graph, target, optimize) {
  const work = mkdtempSync(join(tmpdir(), 'espalier-code-'));
  try {
    const options = { target: target.name, optimize, vectors: 1, name: 'm', fit: { flash: null, ram: null } };
    const { files, report, plan } = await compileGraph(() => graph, { name: 'm', sha256: '', format: '' }, options);
    writeFolder(join(work, 'out'), files);
    mkdirSync(join(work, 'build'));
    const artifact = loadArtifact(join(work, 'out'));
    const build = new QemuBuild(join(work, 'out'), artifact, target, { flags: [level[optimize]] }, join(work, 'build'));
    const size = (kind) => sectionBytes(build.image(kind), target.cc.command);
    return {
      plan,
      rows: planCalls(plan).map(rowName),
      code: size('size') - size('empty') - report.totals.flash.weights,
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Solves a x = b, a symmetric and positive. */
function solve(a, b) {
  const n = b.length;
  const m = a.map((row, i) => [...row, b[i]]);
  for (let i = 0; i < n; i++) {
    for (let k = i + 1; k < n; k++) {
      const f = m[k][i] / m[i][i];
      for (let j = i; j <= n; j++) m[k][j] -= f * m[i][j];
    }
  }
  const x = new Array(n).fill(0);
  for (let i = n - 1; i >= 0; i--)
    x[i] = (m[i][n] - m[i].slice(i + 1, n).reduce((s, v, j) => s + v * x[i + 1 + j], 0)) / m[i][i];
  return x;
}

/** Least squares of relative errors, numbers held near their usual values. */
function tableOf(images, optimize) {
  const rows = [...new Set(images.flatMap((i) => i.rows))].sort();
  const u = usual[optimize];
  const prior = [u.base, ...rows.flatMap(() => [u.once, u.each])];
  const features = ({ rows: own }) => [
    1,
    ...rows.flatMap((r) => [own.includes(r) ? 1 : 0, own.filter((o) => o === r).length]),
  ];
  const n = prior.length;
  const a = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => (i === j ? inertia / prior[i] ** 2 : 0)),
  );
  const b = prior.map((p) => inertia / p);
  for (const one of images) {
    const f = features(one).map((v) => v / one.code);
    for (let i = 0; i < n; i++) {
      b[i] += f[i];
      for (let j = 0; j < n; j++) a[i][j] += f[i] * f[j];
    }
  }
  const x = solve(a, b).map(Math.round);
  return { base: x[0], rows: Object.fromEntries(rows.map((r, i) => [r, [x[1 + 2 * i], x[2 + 2 * i]]])) };
}

const error = (plan, table, { code }) => `${((100 * (estimateCode(plan, table) - code)) / code).toFixed(1)} %`;

async function imagesOf(model, target, optimize, wanted) {
  const graph = simplify(await importModel(new Uint8Array(readFileSync(file(model))), model));
  const images = [];
  for (const [variant, make] of Object.entries(variants).filter(([v]) => wanted.includes(v)))
    images.push({ name: `${model} ${variant}`, ...(await image(make(graph), target, optimize)) });
  return images;
}

mkdirSync(folder, { recursive: true });
for (const name of process.argv.length > 2 ? process.argv.slice(2) : targetNames().filter((t) => loadTarget(t).qemu)) {
  const target = loadTarget(name);
  const table = {};
  for (const optimize of ['balanced', 'size']) {
    const images = [];
    for (const model of models)
      images.push(
        ...(await imagesOf(model, target, optimize, model.startsWith('mlperf') ? Object.keys(variants) : ['dense'])),
      );
    table[optimize] = tableOf(images, optimize);
    for (const model of others) images.push(...(await imagesOf(model, target, optimize, ['dense'])));
    for (const one of images) {
      const seen = models.includes(one.name.split(' ')[0]) ? '' : ' (not seen before)';
      console.log(
        `${name} ${optimize} ${one.name}: ${one.code}, estimate ${error(one.plan, table[optimize], one)}${seen}`,
      );
    }
  }
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(table, null, 1)}\n`);
}
