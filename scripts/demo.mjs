// The main job on a real model: a keyword spotter becomes C for a Cortex-M4, is built and run here, and checked.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { compile, loadReport, runHost, verifyHost, writeFolder } from '../dist/index.js';
import { readLabels, readSamples } from '../dist/support/samples.js';
import { flashBytes } from '../dist/verify/code-size.js';

const example = 'examples/keyword-spotting';
const out = 'out/keyword-spotting';
const number = (n) => n.toLocaleString('en-US');
const line = (what, value) => console.log(`  ${what.padEnd(14)} ${value}`);

const started = performance.now();
const { files, milliseconds } = await compile(`${example}/kws.tflite`, { target: 'cortex-m4', name: 'kws' });
writeFolder(out, files);
const { totals, layers } = loadReport(out);
const total = Object.values(milliseconds).reduce((a, b) => a + b, 0);

console.log(
  `\nKeyword spotting (MLPerf Tiny, int8) -> C99 for Cortex-M4, compiled in ${(total / 1000).toFixed(1)} s\n`,
);
for (const l of layers)
  console.log(
    `  ${l.name.padEnd(34)} ${l.outputShape.join('x').padEnd(12)} ${number(l.macs).padStart(9)} MACs ${number(l.bytes).padStart(7)} bytes`,
  );

const check = verifyHost(out);
const samples = await readSamples(`${example}/samples.npy.gz`);
const labels = await readLabels(`${example}/labels.npy.gz`);
const words = readFileSync(`${example}/words.txt`, 'utf8').trim().split(/\s+/);
const scores = runHost(out, samples.data);
const heard = scores.map(([s]) => s.indexOf(Math.max(...s)));
const right = heard.filter((word, i) => word === labels[i]).length;

/** Code bytes on the target itself, when its compiler is here. */
function codeBytes(flags) {
  const cc = 'arm-none-eabi-gcc';
  if (spawnSync(cc, ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  return (
    flashBytes(out, 'kws', cc, [...flags, '-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=hard', '-mfpu=fpv4-sp-d16']) -
    totals.flash.weights
  );
}

const code = codeBytes(['-O3']);
console.log('');
line(
  'accuracy',
  `${right} of ${number(samples.count)} recordings right (${((100 * right) / samples.count).toFixed(1)} %), by the emitted C on this computer`,
);
line(
  '',
  `the first three: ${heard
    .slice(0, 3)
    .map((w) => words[w])
    .join(', ')}`,
);
line('golden', `${check.vectors} vectors, ${check.mismatches} differ from the reference`);
line(
  'flash',
  `${number(totals.flash.weights)} bytes of weights${code === undefined ? '; code is measured where arm-none-eabi-gcc is installed' : ` + ${number(code)} bytes of code (measured, Cortex-M4, -O3)`}`,
);
line('RAM', `${number(totals.ram.arena)} bytes, with input, output and scratch`);
line('MACs', number(totals.liveMacs));
line('files', `${out}/kws.c, kws.h, Makefile, golden vectors, report.json`);
line('time', `${((performance.now() - started) / 1000).toFixed(1)} s`);
if (check.mismatches || right !== 901) process.exitCode = 1;
