import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { preprocessArguments } from '../data/preprocess.js';
import { parsePattern } from '../prune/pattern.js';
import type { Report } from '../report/report.js';
import type { SweepPoint } from '../report/sweep.js';
import type { SweepRequest, Wanted } from './points.js';

/** The command itself: a point is what `espalier compile` makes of it. */
const command = fileURLToPath(new URL('../../bin/espalier.js', import.meta.url));

/** A dense model that does not fit its target belongs to the curve all the same. */
const noLimits = 'flash=4095M,ram=4095M';

const repeated = (option: string, values: readonly (string | number)[]): string[] =>
  values.flatMap((v) => [option, String(v)]);

function pruning({ calibrate = [] }: SweepRequest, { series, asked }: Wanted): string[] {
  const samples = repeated('--calibrate', calibrate);
  if (series === 'dense') return samples;
  const isFixed = series !== 'auto' && parsePattern(series).kind === 'nm';
  return [...samples, '--pattern', series, ...(isFixed ? [] : ['--sparsity', String(asked)])];
}

/** Arguments of the command for a point. */
export function compileArguments(r: SweepRequest, wanted: Wanted, out: string): string[] {
  return [
    ...['compile', r.model, '--out', out, '--no-config', '--json', '--no-html', '--vectors', '1', '--fit', noLimits],
    ...['--target', r.target, '--optimize', r.optimize, '--seed', `${r.seed}`, '--wait-states', `${r.waitStates}`],
    ...(r.optimizeRam ? ['--optimize-ram'] : []),
    ...repeated('--data', r.data),
    ...(r.labels === undefined ? [] : ['--labels', r.labels]),
    ...preprocessArguments(r),
    ...(r.labelColumn === undefined ? [] : ['--label-column', r.labelColumn]),
    ...(r.shape ? repeated('--shape', r.shape) : []),
    ...pruning(r, wanted),
  ];
}

/** What a finished point is of: the model's own line of the report, and the accuracy's terms. */
export interface PointResult {
  readonly point: SweepPoint;
  readonly model: Report['model'];
  readonly metric: string;
  readonly samples: number;
}

function resultOf(report: Report, { series, asked }: Wanted): PointResult {
  const { accuracy, totals, pruning, model } = report;
  if (accuracy?.compiled == null) throw new Error('no accuracy: the data have no labels');
  const zeros = totals.liveWeights ? 1 - totals.nonzero / totals.liveWeights : 0;
  return {
    ...{ model, metric: accuracy.metric, samples: accuracy.samples },
    point: {
      ...{ series, asked, sparsity: pruning?.sparsity ?? zeros, accuracy: accuracy.compiled },
      flash: { weights: totals.flash.weights, code: totals.flash.code ?? totals.flash.codeEstimated },
      ram: { arena: totals.ram.arena },
      instructions: totals.instructions.measured ?? totals.instructions.estimated,
      cycles: totals.cycles.estimated,
    },
  };
}

/** Runs the command to its end. */
function run(args: readonly string[], signal: AbortSignal): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'], signal });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/**
 * Works out one point in a process of its own.
 * @param folder for what is compiled; the caller removes it
 * @throws Error with what the command said
 */
export async function pointInChild(r: SweepRequest, wanted: Wanted, folder: string, signal: AbortSignal) {
  const { code, out, err } = await run(compileArguments(r, wanted, folder), signal);
  if (code === 0) return resultOf(JSON.parse(out) as Report, wanted);
  const said = err
    .trim()
    .split('\n')
    .at(-1)!
    .replace(/^espalier: /, '');
  throw new Error(said || `the process ended with ${code ?? 'a signal'}`);
}
