// Figures of all models on all targets, counted under QEMU (exact, the same on every machine), beside the committed baseline.
//
//     npm run bench                 all of them
//     npm run bench -- cortex-m4    some targets
//     npm run bench -- --check      exit 1 if a figure is worse than the baseline
//     npm run bench -- --update     rewrite the baseline
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile, loadTarget, targetNames } from '../dist/index.js';

const shared = fileURLToPath(new URL('../../shared/models/tflite/', import.meta.url));
const baselineFile = fileURLToPath(new URL('./baseline.json', import.meta.url));
const models = ['kws', 'ic', 'vww', 'ad', 'sww'];
const flags = process.argv.slice(2).filter((a) => a.startsWith('--'));
const wanted = process.argv.slice(2).filter((a) => !a.startsWith('--'));
/** A figure may grow by this share before it counts as worse. */
const slack = 0.002;

if (!existsSync(shared)) {
  console.log('bench: skipped, the folder of models is not there');
  process.exit(0);
}

const targets = targetNames().filter((name) => loadTarget(name).qemu && (!wanted.length || wanted.includes(name)));
const cases = targets.flatMap((target) =>
  models.flatMap((model) =>
    ['balanced', 'size']
      .filter((o) => o === 'balanced' || target === 'cortex-m4')
      .map((optimize) => ({ target, model, optimize })),
  ),
);

async function measure({ target, model, optimize }) {
  const fit = { flash: null, ram: null };
  const { report } = await compile(`${shared}mlperf_${model}_int8.tflite`, {
    target,
    optimize,
    measure: true,
    fit,
    name: model,
  });
  const { instructions, flash, ram } = report.totals;
  if (report.verification.some((v) => v.mismatches)) throw new Error(`${model} on ${target}: wrong result`);
  return {
    instructions: instructions.measured,
    estimated: instructions.estimated,
    code: flash.code,
    weights: flash.weights,
    arena: ram.arena,
    stack: ram.stack,
  };
}

const baseline = existsSync(baselineFile) ? JSON.parse(readFileSync(baselineFile, 'utf8')) : {};
const measured = {};
const worse = [];
const number = (n) => n.toLocaleString('en-US');
const change = (now, before) =>
  before === undefined
    ? ''
    : now === before
      ? ''
      : ` (${now > before ? '+' : ''}${((100 * (now - before)) / before).toFixed(1)} %)`;

console.log(
  '| target | model | instructions | estimate | code | weights | arena | stack |\n|---|---|---|---|---|---|---|---|',
);
for (const c of cases) {
  const key = `${c.target} ${c.model} ${c.optimize}`;
  const now = await measure(c);
  const before = baseline[key] ?? {};
  measured[key] = now;
  for (const figure of ['instructions', 'code', 'weights', 'arena', 'stack'])
    if (before[figure] !== undefined && now[figure] > before[figure] * (1 + slack))
      worse.push(`${key}: ${figure} ${number(before[figure])} -> ${number(now[figure])}`);
  const cell = (figure) => `${number(now[figure])}${change(now[figure], before[figure])}`;
  const error = (100 * (now.estimated - now.instructions)) / now.instructions;
  const name = c.optimize === 'size' ? `${c.model}, size` : c.model;
  console.log(
    `| ${c.target} | ${name} | ${cell('instructions')} | ${error > 0 ? '+' : ''}${error.toFixed(1)} % | ${cell('code')} | ${cell('weights')} | ${cell('arena')} | ${cell('stack')} |`,
  );
}

if (flags.includes('--update'))
  writeFileSync(baselineFile, `${JSON.stringify({ ...baseline, ...measured }, null, 1)}\n`);
if (worse.length) console.log(`\nworse than the baseline:\n${worse.map((w) => `  ${w}`).join('\n')}`);
if (flags.includes('--check') && worse.length) process.exitCode = 1;
