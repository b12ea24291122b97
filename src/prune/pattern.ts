import { Problem } from '../support/problem.js';

/**
 * Which weights go together. Rows are output channels, columns the inputs of one output in the order [Kh, Kw, Ci].
 * - `unstructured`: each weight alone
 * - `block`: rows x cols weights, aligned to multiples; at the edges blocks are smaller
 * - `nm`: of every m consecutive columns at most n stay (a shorter last group keeps at most n)
 */
export type Pattern =
  | { readonly kind: 'unstructured' }
  | { readonly kind: 'block'; readonly rows: number; readonly cols: number }
  | { readonly kind: 'nm'; readonly n: number; readonly m: number };

export const unstructured: Pattern = { kind: 'unstructured' };

/** `unstructured`, `4x8`, `2:4`: as options and reports say it. */
export function patternText(p: Pattern): string {
  if (p.kind === 'unstructured') return 'unstructured';
  return p.kind === 'block' ? `${p.rows}x${p.cols}` : `${p.n}:${p.m}`;
}

const wrong = (message: string): Problem =>
  new Problem('pattern-invalid', message, 'pattern', 'use unstructured, a block like 4x8, or n:m like 2:4');

const whole = (n: number): boolean => Number.isInteger(n) && n >= 1 && n <= 1024;

/** @throws Problem `pattern-invalid` */
export function checkPattern(p: Pattern): void {
  if (p.kind === 'block' && !(whole(p.rows) && whole(p.cols)))
    throw wrong(`a block of ${p.rows} x ${p.cols} weights is none`);
  if (p.kind === 'nm' && !(whole(p.n) && whole(p.m) && p.n < p.m))
    throw wrong(`${p.n} of ${p.m} weights is no pattern: n must be at least 1 and less than m`);
}

/**
 * Reads what `patternText` writes.
 * @throws Problem `pattern-invalid`
 */
export function parsePattern(text: string): Pattern {
  if (text === 'unstructured') return unstructured;
  const block = /^(\d+)x(\d+)$/.exec(text);
  const nm = /^(\d+):(\d+)$/.exec(text);
  if (!block && !nm) throw wrong(`"${text}" is no pattern`);
  const [a, b] = [Number((block ?? nm)![1]), Number((block ?? nm)![2])];
  const pattern: Pattern = block ? { kind: 'block', rows: a, cols: b } : { kind: 'nm', n: a, m: b };
  checkPattern(pattern);
  return pattern;
}

/** How a pattern divides weights [rows, depth] into units that are removed as a whole. */
export interface Units {
  /** rows that share their support */
  readonly height: number;
  /** columns of a unit */
  readonly width: number;
  /** units across the columns */
  readonly across: number;
  /** bands of `height` rows */
  readonly bands: number;
  /** size of an n:m group, 0 = no such rule */
  readonly group: number;
  /** how many of a full group go */
  readonly most: number;
}

/** The units of a pattern on weights [rows, depth]. */
export function unitsOf(p: Pattern, rows: number, depth: number): Units {
  const height = p.kind === 'block' ? Math.min(p.rows, rows) : 1;
  const width = p.kind === 'block' ? Math.min(p.cols, depth) : 1;
  const [group, most] = p.kind === 'nm' ? [p.m, p.m - p.n] : [0, 0];
  return { height, width, across: Math.ceil(depth / width), bands: Math.ceil(rows / height), group, most };
}

/** Share of zeros of an n:m pattern on rows of `depth`. */
export function patternShare(p: Pattern, depth: number): number | undefined {
  if (p.kind !== 'nm') return undefined;
  const tail = Math.max(0, (depth % p.m) - p.n);
  return (Math.floor(depth / p.m) * (p.m - p.n) + tail) / depth;
}
