// Instructions and bytes of sparse models, counted under QEMU. Weights are pruned by magnitude, which the counts depend on
// only through the structure; accuracy is another matter (bench/accuracy.mjs).
//
//     npm run build && node bench/sparse.mjs [TARGET ...] [MODEL ...] [SPARSITY ...]
//         --pattern 1x1|2x4|4x8|1x16|...    instead of all that the target makes use of
//         --optimize size                   with --all also first and depthwise layers are pruned
//         --half                            only half the channels and blocks of the rest
//         --layers                          every layer of every model
//         --pattern 2:4                     two of four weights stay, whatever SPARSITY is
//         --break-even                      only the table of the share of zeros from which on a format wins; no QEMU
//         --write                           into bench/sparse.json
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compileGraph, importModel, loadTarget, simplify, targetNames } from '../dist/index.js';
import { breakEven, heading } from './break-even.mjs';
import { halvedGraph, prunedGraph, thinnedGraph } from './prune.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pattern: { type: 'string', multiple: true },
    optimize: { type: 'string', default: 'balanced' },
    all: { type: 'boolean', default: false },
    half: { type: 'boolean', default: false },
    layers: { type: 'boolean', default: false },
    'break-even': { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const isTarget = (p) => targetNames().includes(p);
const isLevel = (p) => /^[\d.]+$/.test(p);
const targets = positionals.filter(isTarget);
const models = positionals.filter((p) => !isTarget(p) && !isLevel(p));
const levels = positionals.filter(isLevel).map(Number);
const baseline = fileURLToPath(new URL('sparse.json', import.meta.url));
const file = (model) =>
  fileURLToPath(new URL(`../../shared/models/tflite/mlperf_${model}_int8.tflite`, import.meta.url));
const number = (n) => n.toLocaleString('en-US');

/** Patterns that kernels of a target are made for: of convolutions, of fully connected layers. */
function patternsOf({ features }) {
  if (features.includes('mve')) return { conv: ['1x1', '1x16'], dense: ['1x1', '4x16'] };
  if (features.includes('dsp')) return { conv: ['1x1', '2x4'], dense: ['1x1', '4x8'] };
  return { conv: ['1x1'], dense: features.includes('packed') ? ['1x1', '4x8'] : ['1x1'] };
}

const with4x4 = (patterns) => [...new Set([...patterns, '4x4'])];

async function measured(target, name, graph) {
  const { report } = await compileGraph(
    async () => graph,
    { name, sha256: '', format: 'tflite' },
    { target, optimize: values.optimize, measure: true, name, fit: { flash: null, ram: null } },
  );
  if (report.verification.some((v) => v.mismatches)) throw new Error(`${name}: wrong result`);
  return report;
}

function print({ target, model, pattern, zeros }, report, dense) {
  const { instructions, flash, ram } = report.totals;
  const formats = [...new Set(report.layers.filter((l) => l.weights).map((l) => l.format))].join(', ');
  const error = (100 * (instructions.estimated - instructions.measured)) / instructions.measured;
  const ratio = dense ? (instructions.measured / dense).toFixed(2) : '';
  console.log(
    `| ${target} | ${model} | ${pattern} | ${zeros} | ${number(instructions.measured)} | ${ratio} | ${error.toFixed(1)} % | ${number(flash.code)} | ${number(flash.weights)} | ${number(ram.arena)} | ${formats} |`,
  );
  if (values.layers)
    for (const l of report.layers)
      console.log(
        `    ${l.name} ${l.op} ${l.outputShape.join('x')} ${l.nonzero}/${l.weights} ${l.kernel} ${l.instructions.estimated} ${l.instructions.measured}`,
      );
  return { instructions: instructions.measured, weights: flash.weights };
}

/** Rows of a model on a target: dense, patterns at all levels, half the channels and blocks of the rest. */
async function* variants(target, model) {
  const graph = await importModel(new Uint8Array(readFileSync(file(model))), model);
  const { conv, dense } = patternsOf(loadTarget(target));
  const patterns = values.pattern ?? (model === 'ad' ? dense : conv);
  const shape = (pattern) => pattern.split(/[x:]/).map(Number);
  if (!values.half) yield { pattern: '', zeros: '0 %', graph };
  for (const pattern of values.half ? [] : patterns) {
    const [n, m] = shape(pattern);
    if (pattern.includes(':')) yield { pattern, zeros: `${100 - (100 * n) / m} %`, graph: thinnedGraph(graph, n, m) };
    else
      for (const level of levels.length ? levels : [0.5, 0.7, 0.8, 0.9])
        yield { pattern, zeros: `${100 * level} %`, graph: prunedGraph(graph, [n, m], level, values.all) };
  }
  if (model === 'ad' || (levels.length && !values.half)) return;
  const pattern = patterns.at(-1);
  const half = prunedGraph(simplify(halvedGraph(graph)), shape(pattern), 0.7);
  yield { pattern: `half the channels, ${pattern}`, zeros: '70 %', graph: half };
}

const results = {};
const used = targets.length ? targets : ['cortex-m0', 'cortex-m3', 'cortex-m4', 'cortex-m55', 'rv32imc'];
if (!values['break-even'])
  console.log(
    '| target | model | pattern | zeros | instructions | of dense | estimate | code | weights | arena | formats |\n|---|---|---|---|---|---|---|---|---|---|---|',
  );
for (const target of values['break-even'] ? [] : used)
  for (const model of models.length ? models : ['kws', 'ic', 'ad']) {
    let dense;
    for await (const { graph, ...what } of variants(target, model)) {
      const row = print({ target, model, ...what }, await measured(target, model, graph), dense);
      dense ??= row.instructions;
      results[`${target} ${model} ${what.pattern || 'dense'} ${what.zeros}`] = row;
    }
  }
if (values['break-even']) console.log(heading);
for (const target of values['break-even'] ? used : []) {
  const { conv, dense } = patternsOf(loadTarget(target));
  breakEven(loadTarget(target), { conv: with4x4(conv), dense: with4x4(dense) });
}
if (values.write) writeFileSync(baseline, `${JSON.stringify(results, null, 1)}\n`);
