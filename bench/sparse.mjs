// Instructions and bytes of sparse models on a target, counted under QEMU. Weights are pruned by magnitude, which the
// counts depend on only through the structure; accuracy is another matter (bench/accuracy.mjs).
//
//     npm run build && node bench/sparse.mjs [--target cortex-m4] [--pattern 1x1|2x4|4x4|4x8|1x16|...] [MODEL ...] [SPARSITY ...]
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compileGraph, importModel } from '../dist/index.js';
import { prunedGraph } from './prune.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    target: { type: 'string', default: 'cortex-m4' },
    pattern: { type: 'string', default: '1x1' },
    optimize: { type: 'string', default: 'balanced' },
    layers: { type: 'boolean', default: false },
  },
});
const models = positionals.filter((p) => !/^[\d.]+$/.test(p));
const levels = positionals.filter((p) => /^[\d.]+$/.test(p)).map(Number);
const file = (model) =>
  fileURLToPath(new URL(`../../shared/models/tflite/mlperf_${model}_int8.tflite`, import.meta.url));

const number = (n) => n.toLocaleString('en-US');
const pattern = values.pattern.split('x').map(Number);
console.log(
  '| model | zeros | instructions | estimate | code | weights | arena | formats |\n|---|---|---|---|---|---|---|---|',
);
for (const model of models.length ? models : ['kws', 'ic', 'vww', 'ad'])
  for (const sparsity of levels.length ? levels : [0, 0.5, 0.7, 0.8, 0.9]) {
    const bytes = new Uint8Array(readFileSync(file(model)));
    const { report } = await compileGraph(
      async () => prunedGraph(await importModel(bytes, model), pattern, sparsity),
      { name: model, sha256: '', format: 'tflite' },
      {
        target: values.target,
        optimize: values.optimize,
        measure: true,
        name: model,
        fit: { flash: null, ram: null },
      },
    );
    if (report.verification.some((v) => v.mismatches)) throw new Error(`${model} at ${sparsity}: wrong result`);
    const { instructions, flash, ram } = report.totals;
    const formats = [...new Set(report.layers.filter((l) => l.weights).map((l) => l.format))].join(', ');
    const error = (100 * (instructions.estimated - instructions.measured)) / instructions.measured;
    console.log(
      `| ${model} | ${100 * sparsity} % | ${number(instructions.measured)} | ${error.toFixed(1)} % | ${number(flash.code)} | ${number(flash.weights)} | ${number(ram.arena)} | ${formats} |`,
    );
    if (values.layers)
      for (const l of report.layers)
        console.log(
          `    ${l.name} ${l.op} ${l.outputShape.join('x')} ${l.nonzero}/${l.weights} ${l.kernel} ${l.instructions.estimated} ${l.instructions.measured}`,
        );
  }
