// Our code beside other ways to run the same int8 models, built and counted the same way under QEMU, exact outputs
// checked against the reference: CMSIS-NN from a checkout of yours, and TFLite's reference loops.
//
//     npm run build && node bench/peers.mjs [--cmsis-nn DIR] [--flags=-O3] [TARGET ...]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compile, execute, importModel, loadTarget, targetNames, writeFolder } from '../dist/index.js';
import { loadArtifact } from '../dist/verify/artifact.js';
import { buildQemu, qemuTarget } from '../dist/verify/qemu.js';
import { peerFolder } from './peers/emit.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'cmsis-nn': { type: 'string' }, flags: { type: 'string', default: '-O3' }, models: { type: 'string' } },
});
const cmsis = values['cmsis-nn'] && resolve(values['cmsis-nn']);
const here = fileURLToPath(new URL('./peers', import.meta.url));
const models = values.models?.split(',') ?? ['kws', 'ic', 'vww', 'ad', 'sww'];
const file = (model) =>
  fileURLToPath(new URL(`../../shared/models/tflite/mlperf_${model}_int8.tflite`, import.meta.url));
const flagsOf = values.flags.split(' ');

/** Instructions, flash and stack of a peer on the model as published; its output must be the reference's. */
function peer(graph, name, target, header, flags) {
  const work = mkdtempSync(join(tmpdir(), 'espalier-peer-'));
  try {
    const { files, output } = peerFolder(graph, name, target, header);
    writeFolder(join(work, 'out'), files);
    const dir = join(work, 'out');
    const runner = buildQemu(dir, loadArtifact(dir), qemuTarget(dir), {
      flags: [...flagsOf, `-I${here}`, '-w', ...flags],
    });
    try {
      const sample = Int8Array.from(
        { length: graph.tensors[graph.inputs[0]].shape.reduce((a, b) => a * b) },
        (_, i) => ((i * 89) % 256) - 128,
      );
      let expected;
      execute(graph, [sample], (id, data) => {
        if (id === output) expected = data.slice();
      });
      const bytes = new Uint8Array(sample.buffer);
      const got = runner.run(bytes, false);
      return { ...runner.measure(bytes), exact: Buffer.compare(Buffer.from(expected.buffer), Buffer.from(got)) === 0 };
    } finally {
      runner.dispose();
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const number = (n) => n.toLocaleString('en-US');
const figures = (p, ours) =>
  p
    ? `${number(p.instructions)} (${(p.instructions / ours).toFixed(2)}x)${p.exact ? '' : ', other bytes'} | ${number(p.flash.total)}`
    : '- | -';

console.log(
  `Flags ${values.flags}. Instructions of one inference; in brackets how many times ours. Flash: code and constants.\n`,
);
console.log(
  '| target | model | ours | flash | CMSIS-NN | flash | reference loops | flash |\n|---|---|---|---|---|---|---|---|',
);
for (const target of positionals.length ? positionals : targetNames().filter((t) => loadTarget(t).qemu))
  for (const model of models) {
    const fit = { flash: null, ram: null };
    const { report } = await compile(file(model), { target, measure: { flags: flagsOf }, fit, name: model });
    const ours = report.totals.instructions.measured;
    const graph = await importModel(new Uint8Array(readFileSync(file(model))), `${model}.tflite`);
    const isArm = target.startsWith('cortex');
    const theirs =
      cmsis && isArm ? peer(graph, model, target, 'cmsis-nn.h', [`-I${cmsis}`, `-I${cmsis}/Include`]) : null;
    const plain = peer(graph, model, target, 'reference.h', []);
    console.log(
      `| ${target} | ${model} | ${number(ours)} | ${number(report.totals.flash.total)} | ${figures(theirs, ours)} | ${figures(plain, ours)} |`,
    );
  }
