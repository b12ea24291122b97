import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Preprocess } from '../data/preprocess.js';
import { besideFile, noted } from '../importers/beside.js';
import { importModel } from '../importers/index.js';
import { parsePattern } from '../prune/pattern.js';
import { version } from '../support/version.js';

/** What every point of a sweep shares. */
export interface SweepRequest extends Preprocess {
  /** path of the model */
  readonly model: string;
  readonly target: string;
  readonly optimize: 'speed' | 'balanced' | 'size';
  readonly optimizeRam: boolean;
  /** one file or folder per model input */
  readonly data: readonly string[];
  readonly labels?: string;
  readonly calibrate?: readonly string[];
  readonly labelColumn?: string;
  /** sizes that the model leaves open, as --shape takes them */
  readonly shape?: readonly string[];
  readonly waitStates: number;
  readonly seed: number;
}

/** One way to compile the model. */
export interface Wanted {
  readonly series: string;
  /** share of zeros */
  readonly asked: number;
}

/** Shares of zeros and patterns as points, the dense model first; n:m patterns know but one share. */
export function wantedPoints(patterns: readonly string[], shares: readonly number[]): Wanted[] {
  const points = patterns.flatMap((series): Wanted[] => {
    const pattern = series === 'auto' ? undefined : parsePattern(series);
    if (pattern?.kind === 'nm') return [{ series, asked: 1 - pattern.n / pattern.m }];
    return shares.map((asked) => ({ series, asked }));
  });
  return [{ series: 'dense', asked: 0 }, ...points];
}

/** SHA-256 of a file, or of all files of a folder with their names. */
export function fingerprint(path: string): string {
  const hash = createHash('sha256');
  if (!statSync(path).isDirectory()) return hash.update(readFileSync(path)).digest('hex');
  for (const name of readdirSync(path).sort()) hash.update(`${name}\0${fingerprint(join(path, name))}\0`);
  return hash.digest('hex');
}

/** Of a model; that of TensorFlow.js has its weights in files beside it. */
async function modelFingerprint(path: string): Promise<string> {
  if (!/\.json$/i.test(path)) return fingerprint(path);
  const bytes = new Uint8Array(readFileSync(path));
  const files = noted(bytes, besideFile(path));
  await importModel(bytes, basename(path), files.beside);
  return files.digest();
}

/** The request with files as what is in them: what a point's result hangs on. */
export async function identity(r: SweepRequest): Promise<object> {
  const { model, data, labels, calibrate, ...rest } = r;
  return {
    ...rest,
    version,
    model: await modelFingerprint(model),
    data: data.map(fingerprint),
    labels: labels === undefined ? null : fingerprint(labels),
    calibrate: (calibrate ?? []).map(fingerprint),
  };
}

/** Name of a point's file: a hash of all that its result hangs on. */
export const pointName = (about: object, wanted: Wanted): string =>
  `${createHash('sha256')
    .update(JSON.stringify([about, wanted]))
    .digest('hex')
    .slice(0, 16)}.json`;
