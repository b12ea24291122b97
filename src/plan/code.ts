import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from '../kernels/kernel.js';
import { type Call, type Plan, planCalls, planWeights } from './plan.js';
import type { Objective } from './select.js';

/** Bytes of code: for any model, then of each kernel once and per layer (bench/fit-code.mjs). */
export interface CodeTable {
  readonly base: number;
  readonly rows: Readonly<Record<string, readonly [once: number, each: number]>>;
}

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'targets', 'code');

/** What a kernel's code is known by: kernels that store weights differently call different functions. */
export const rowName = ({ kernel }: Call): string => [kernel.symbol, kernel.format].filter(Boolean).join(' ');

type Tables = { readonly [K in 'balanced' | 'size']?: CodeTable };
const read = new Map<string, Tables>();

/** The tables of a target, fitted to linked images; none where none were made. */
function tablesOf(target: Target): Tables {
  const file = join(folder, `${target.name}.json`);
  const tables = read.get(file) ?? (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Tables) : {});
  read.set(file, tables);
  return tables;
}

/** Estimated bytes of a plan's code; kernels that the table does not know count as its average. */
export function estimateCode(plan: Plan, { base, rows }: CodeTable): number {
  const known = Object.values(rows);
  const mean = (i: 0 | 1) => known.reduce((n, r) => n + r[i], 0) / Math.max(1, known.length);
  const calls = planCalls(plan).map(rowName);
  const of = (row: string) => rows[row] ?? [mean(0), mean(1)];
  const once = [...new Set(calls)].reduce((n, row) => n + of(row)[0], 0);
  return Math.max(0, Math.round(base + once + calls.reduce((n, row) => n + of(row)[1], 0)));
}

/** Bytes of a plan's code by estimate; null where the target has no table. */
export function codeEstimate(plan: Plan, objective: Objective): number | null {
  const table = tablesOf(plan.target)[objective === 'size' ? 'size' : 'balanced'];
  return table ? estimateCode(plan, table) : null;
}

/**
 * Bytes of flash of a plan: weights, and code as far as it is known.
 * @param scale bytes of code that were counted over those estimated
 */
export const estimatedFlash = (plan: Plan, objective: Objective, scale = 1): number =>
  planWeights(plan) + scale * (codeEstimate(plan, objective) ?? 0);
