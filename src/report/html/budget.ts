import type { Target } from '../../kernels/kernel.js';
import type { Report } from '../report.js';
import { count, length, percent, rough, size } from './format.js';

/** One resource: what it is made of, and how much of the limit that is. */
export interface Gauge {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  /** what the value is made of */
  readonly parts: readonly { readonly label: string; readonly value: string; readonly tone: string }[];
  /** null where nothing limits it */
  readonly bar: {
    readonly segments: readonly { readonly width: string; readonly tone: string }[];
    readonly label: string;
    readonly text: string;
    readonly over: boolean;
  } | null;
  readonly note: string;
}

interface Part {
  readonly label: string;
  readonly amount: number;
}

const tones = ['first', 'second', 'third'];

function barOf(name: string, parts: readonly Part[], limit: number | null, limitText: string): Gauge['bar'] {
  if (!limit) return null;
  const used = parts.reduce((n, p) => n + p.amount, 0) / limit;
  const text = `${percent(used)} of ${limitText}`;
  return {
    segments: parts.map((p, i) => ({
      width: length(Math.min(1, p.amount / limit / Math.max(used, 1))),
      tone: tones[i]!,
    })),
    label: `${name}: ${text}`,
    text,
    over: used > 1,
  };
}

function gauge(name: string, unit: string, parts: readonly Part[], bar: Gauge['bar'], note: string): Gauge {
  return {
    name,
    unit,
    note,
    bar,
    value: count(parts.reduce((n, p) => n + p.amount, 0)),
    parts: parts.length < 2 ? [] : parts.map((p, i) => ({ ...p, value: count(p.amount), tone: tones[i]! })),
  };
}

function flash({ totals, budget }: Report): Gauge {
  const { weights, code, codeEstimated } = totals.flash;
  const bytes = code ?? codeEstimated;
  const parts = [{ label: 'weights', amount: weights }, ...(bytes === null ? [] : [{ label: 'code', amount: bytes }])];
  const note =
    code !== null ? 'code measured' : bytes === null ? 'weights alone; code was not measured' : 'code estimated';
  return gauge('Flash', 'bytes', parts, barOf('Flash', parts, budget.flash, size(budget.flash ?? 0)), note);
}

function ram({ totals, budget }: Report, target: Target | null): Gauge {
  const { arena, state, stack } = totals.ram;
  const bytes = stack ?? target?.stackBytes ?? null;
  const parts = [
    { label: 'arena', amount: arena },
    ...(state ? [{ label: 'state', amount: state }] : []),
    ...(bytes === null ? [] : [{ label: 'stack', amount: bytes }]),
  ];
  const note = stack !== null ? 'stack measured' : bytes === null ? 'without stack' : 'stack at most';
  return gauge('RAM', 'bytes', parts, barOf('RAM', parts, budget.ram, size(budget.ram ?? 0)), note);
}

function time({ totals, budget }: Report): Gauge | null {
  const { estimated, measured } = totals.instructions;
  const amount = measured ?? estimated;
  if (amount === null) return null;
  const cycles = totals.cycles.estimated;
  const part = { label: 'instructions', amount };
  const pace = { label: 'cycles', amount: cycles ?? amount };
  const bar = barOf('Time', [pace], budget.cycles, `${count(budget.cycles ?? 0)} cycles`);
  const about = cycles === null ? '' : `; about ${rough(cycles)} cycles, ${(cycles / 1e5).toFixed(1)} ms at 100 MHz`;
  return gauge('Time', 'instructions', [part], bar, `${measured === null ? 'estimated' : 'counted'}${about}`);
}

/** Flash, RAM and time against what they may be. */
export const gauges = (report: Report, target: Target | null): Gauge[] =>
  [flash(report), ram(report, target), time(report)].filter((g) => g !== null);
