import { readFileSync } from 'node:fs';
import { Problem } from '../support/problem.js';

/** One point of a sweep: what one way to compile the model gives. */
export interface SweepPoint {
  /** points of a series lie on one curve: the pattern; `dense` without pruning */
  readonly series: string;
  /** share of zeros that was asked for */
  readonly asked: number;
  /** share that came out, over the layers that could be pruned */
  readonly sparsity: number;
  /** percent */
  readonly accuracy: number;
  /** bytes; the code by estimate, null where the target has none */
  readonly flash: { readonly weights: number; readonly code: number | null };
  /** bytes */
  readonly ram: { readonly arena: number };
  /** estimated */
  readonly instructions: number | null;
  readonly cycles: number | null;
}

export interface FailedPoint {
  readonly series: string;
  readonly asked: number;
  readonly problem: string;
}

/** sweep.json: described by schema/sweep.schema.json. */
export interface Sweep {
  readonly schema: 1;
  readonly espalier: string;
  readonly model: { readonly name: string; readonly sha256: string; readonly format: string };
  readonly target: string;
  readonly optimize: string;
  readonly metric: string;
  /** labelled samples behind every accuracy */
  readonly samples: number;
  readonly points: readonly SweepPoint[];
  readonly failed: readonly FailedPoint[];
}

/** Bytes of flash of a point, weights and code. */
export const sweepFlash = ({ flash }: SweepPoint): number => flash.weights + (flash.code ?? 0);

const isPoint = (p: Partial<SweepPoint>): boolean =>
  typeof p.series === 'string' &&
  [p.asked, p.sparsity, p.accuracy, p.flash?.weights, p.ram?.arena].every((n) => Number.isFinite(n)) &&
  [p.flash?.code, p.instructions, p.cycles].every((n) => n === null || Number.isFinite(n));

/**
 * Reads what `espalier sweep` wrote.
 * @throws Problem `sweep-unreadable`
 */
export function loadSweep(path: string): Sweep {
  try {
    const sweep = JSON.parse(readFileSync(path, 'utf8')) as Sweep;
    if (sweep.schema === 1 && sweep.model.sha256 && sweep.points.every(isPoint)) return sweep;
  } catch {
    // told below, with what to do
  }
  throw new Problem(
    'sweep-unreadable',
    'this is no readable sweep.json of Espalier',
    path,
    'give the file that `espalier sweep MODEL --out DIR` wrote',
  );
}
