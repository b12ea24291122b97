import { type Command, Option } from 'commander';
import { loadReport } from '../report/load.js';
import { tracedIndex } from '../report/measured.js';
import type { Report } from '../report/report.js';
import { usualEngine } from '../verify/artifact.js';
import { type Bench, benchHost, benchWasm } from '../verify/bench.js';
import { benchQemu, type QemuBench } from '../verify/qemu-bench.js';
import { addBuildOptions, type BuildOptions, buildOptions } from './build.js';
import { type CommonOptions, color, count, print, printJson, table, terminalProgress } from './terminal.js';

interface Options extends CommonOptions, BuildOptions {
  readonly engine?: 'host' | 'qemu' | 'wasm';
}

const engineName: Readonly<Record<string, string>> = { host: 'on this computer', wasm: 'as WebAssembly in this Node' };

function hostText(result: Bench, report: Report): string[] {
  const all = result.layers.reduce((n, l) => n + l.nanoseconds, 0);
  return [
    ...table(
      ['layer', 'microseconds', 'share'],
      result.layers.map((l) => [
        l.name,
        (l.nanoseconds / 1000).toFixed(1),
        `${((100 * l.nanoseconds) / all).toFixed(1)} %`,
      ]),
    ),
    '',
    color.bold(`${result.name} ${engineName[result.engine]}`),
    `  time       ${(result.nanoseconds / 1000).toFixed(1)} microseconds per inference, ${(report.totals.liveMacs / result.nanoseconds).toFixed(2)} GMAC/s`,
    `  flash      ${count(result.flash.weights)} bytes of weights, ${count(result.flash.code)} bytes of code`,
    `  RAM        ${count(result.ram.arena)} bytes of arena`,
  ];
}

/** Multiply-accumulates of each traced layer, with those of the layers that are counted with it. */
function tracedMacs(report: Report): number[] {
  const macs: number[] = [];
  let before = 0;
  for (const [i, at] of tracedIndex(report).entries()) {
    before += report.layers[i]!.macs;
    if (at === undefined) continue;
    macs[at] = before;
    before = 0;
  }
  return macs;
}

const perMac = (instructions: number, macs: number): string => (macs ? (instructions / macs).toFixed(2) : '-');

function qemuText(result: QemuBench, report: Report): string[] {
  const macs = tracedMacs(report);
  const row = (name: string, instructions: number, n: number) => [
    name,
    count(instructions),
    `${((100 * instructions) / result.instructions).toFixed(1)} %`,
    count(n),
    perMac(instructions, n),
  ];
  const { flash, ram } = result;
  return [
    ...table(
      ['layer', 'instructions', 'share', 'MACs', 'per MAC'],
      [
        ...result.layers.map((l, i) => row(l.name, l.instructions, macs[i] ?? 0)),
        row('total', result.instructions, report.totals.liveMacs),
      ],
    ),
    '',
    color.bold(`${result.name} on ${result.target}, counted by QEMU`),
    `  time       ${count(result.instructions)} instructions per inference, ${perMac(result.instructions, report.totals.liveMacs)} per MAC`,
    `  flash      ${count(flash.total)} bytes: ${count(flash.weights)} of weights, ${count(flash.code)} of code`,
    `  RAM        ${count(ram.arena + ram.stack)} bytes: ${count(ram.arena)} of arena, ${count(ram.stack)} of stack`,
  ];
}

function bench(dir: string, options: Options): { result: Bench | QemuBench; text: string[] } {
  const report = loadReport(dir);
  const engine = options.engine ?? usualEngine(dir);
  if (engine === 'wasm') {
    const result = benchWasm(dir, report.totals.flash.weights);
    return { result, text: hostText(result, report) };
  }
  if (engine === 'qemu') {
    const result = benchQemu(dir, buildOptions(options));
    return { result, text: qemuText(result, report) };
  }
  const result = benchHost(dir, report.totals.flash.weights, buildOptions(options));
  return { result, text: hostText(result, report) };
}

/** Adds `espalier bench`. */
export function addBench(program: Command, done: (code: number) => void): void {
  const command = program
    .command('bench')
    .description('time or instructions, flash and RAM of compiled code, whole and per layer')
    .argument('<dir>', 'folder written by `espalier compile`')
    .addOption(
      new Option('--engine <engine>', 'what runs the code (default: host or wasm)').choices(['host', 'qemu', 'wasm']),
    );
  addBuildOptions(command)
    .option('--json', 'print as JSON')
    .option('--quiet', 'print nothing but problems')
    .action((dir: string, options: Options) => {
      const progress = terminalProgress(options);
      progress.stage('build and measure');
      try {
        const { result, text } = bench(dir, options);
        progress.end();
        if (options.json) printJson(result);
        else if (!options.quiet) print(...text);
        done(0);
      } finally {
        progress.end();
      }
    });
}
