/** Accuracy against flash, RAM and instructions: many compilations in parallel processes, each kept when it is done. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FailedPoint, Sweep } from '../report/sweep.js';
import { Problem } from '../support/problem.js';
import { type Progress, silent } from '../support/progress.js';
import { version } from '../support/version.js';
import { writeWhole } from '../support/whole-file.js';
import { type PointResult, pointInChild } from './child.js';
import { csvOf } from './csv.js';
import { identity, pointName, type SweepRequest, type Wanted, wantedPoints } from './points.js';

export interface SweepOptions extends SweepRequest {
  /** folder for sweep.json, sweep.csv and the points */
  readonly out: string;
  readonly patterns: readonly string[];
  /** shares of zeros */
  readonly sparsity: readonly number[];
  /** processes at a time */
  readonly jobs: number;
  readonly progress?: Progress;
  /** ends the processes; finished points stay */
  readonly signal?: AbortSignal;
}

export interface SweepResult extends Sweep {
  /** points that were there already */
  readonly resumed: number;
}

const hint = 'give a folder that can be written as --out';

/** The result of a point that an earlier run finished. */
function finished(path: string): PointResult | undefined {
  try {
    const result = JSON.parse(readFileSync(path, 'utf8')) as PointResult;
    return Number.isFinite(result.point.accuracy) ? result : undefined;
  } catch {
    return undefined; // none yet
  }
}

function makeFolders(out: string): void {
  try {
    rmSync(join(out, 'work'), { recursive: true, force: true }); // of a run that was killed
    mkdirSync(join(out, 'points'), { recursive: true });
    mkdirSync(join(out, 'work'), { recursive: true });
  } catch (error) {
    throw new Problem('out-unusable', `cannot be used: ${(error as Error).message}`, out, hint);
  }
}

type Outcome = PointResult | { readonly problem: string };

/** Runs tasks, so many at a time. */
async function pool(tasks: readonly (() => Promise<void>)[], jobs: number): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < tasks.length) await tasks[next++]!();
  };
  await Promise.all(Array.from({ length: Math.min(jobs, tasks.length) }, worker));
}

const label = ({ series, asked }: Wanted): string => (asked ? `${series} ${Math.round(100 * asked)} %` : series);

/** Works out the points that are missing. */
async function outcomes(o: SweepOptions, wanted: readonly Wanted[]): Promise<{ all: Outcome[]; resumed: number }> {
  const { progress = silent, signal = new AbortController().signal } = o;
  const { out, patterns: _, sparsity: __, jobs, progress: ___, signal: ____, ...request } = o;
  const about = await identity(request);
  const paths = wanted.map((w) => join(out, 'points', pointName(about, w)));
  const all: (Outcome | undefined)[] = paths.map(finished);
  const missing = wanted.flatMap((w, i) => (all[i] ? [] : [{ w, i }]));
  let done = wanted.length - missing.length;
  const tasks = missing.map(({ w, i }) => async () => {
    const work = join(out, 'work', `${process.pid}-${i}`);
    try {
      const result = await pointInChild(request, w, work, signal);
      writeWhole(paths[i]!, `${JSON.stringify(result, null, 2)}\n`, hint);
      all[i] = result;
    } catch (error) {
      if (signal.aborted || error instanceof Problem) throw error;
      all[i] = { problem: (error as Error).message };
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    progress.share(++done / wanted.length, `${label(w)}, ${done} of ${wanted.length}`);
  });
  progress.share(done / wanted.length, `${done} of ${wanted.length}`);
  await pool(tasks, jobs);
  return { all: all as Outcome[], resumed: wanted.length - missing.length };
}

/** Where every point failed there is no report to take the model's line from. */
const noModel = { name: '', sha256: '', format: '' };

/**
 * Sweeps a model. Points of an earlier run with the same inputs are taken as they are.
 * @returns what was written to sweep.json; points that failed are told in `failed`
 * @throws Problem for a folder that cannot be written
 */
export async function sweep(o: SweepOptions): Promise<SweepResult> {
  o.progress?.stage('sweep');
  const wanted = wantedPoints(o.patterns, o.sparsity);
  makeFolders(o.out);
  const { all, resumed } = await outcomes(o, wanted).finally(() =>
    rmSync(join(o.out, 'work'), { recursive: true, force: true }),
  );
  const results = all.filter((r) => 'point' in r);
  const failed = all.flatMap((r, i): FailedPoint[] => ('problem' in r ? [{ ...wanted[i]!, problem: r.problem }] : []));
  const written: Sweep = {
    schema: 1,
    espalier: version,
    model: results[0]?.model ?? noModel,
    target: o.target,
    optimize: o.optimize,
    metric: results[0]?.metric ?? '',
    samples: results[0]?.samples ?? 0,
    points: results.map((r) => r.point),
    failed,
  };
  writeWhole(join(o.out, 'sweep.json'), `${JSON.stringify(written, null, 2)}\n`, hint);
  writeWhole(join(o.out, 'sweep.csv'), csvOf(written), hint);
  return { ...written, resumed };
}
