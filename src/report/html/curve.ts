import type { Report } from '../report.js';
import { type Sweep, type SweepPoint, sweepFlash } from '../sweep.js';
import { count, length, percent, rough, size, ticks } from './format.js';

interface Mark {
  readonly x: string;
  readonly y: string;
  readonly tone: string;
  readonly title: string;
}

export interface Chart {
  readonly title: string;
  readonly label: string;
  readonly marks: readonly Mark[];
  readonly lines: readonly {
    readonly x1: string;
    readonly y1: string;
    readonly x2: string;
    readonly y2: string;
    readonly tone: string;
  }[];
  readonly xs: readonly { readonly at: string; readonly label: string }[];
  readonly ys: readonly { readonly at: string; readonly label: string }[];
}

export interface CurveView {
  readonly charts: readonly Chart[];
  readonly legend: readonly { readonly name: string; readonly tone: string }[];
  readonly rows: readonly {
    readonly series: string;
    readonly zeros: string;
    readonly accuracy: string;
    readonly flash: string;
    readonly arena: string;
    readonly instructions: string;
  }[];
  readonly about: string;
}

interface Axis {
  readonly title: string;
  readonly of: (p: SweepPoint) => number;
  readonly text: (n: number) => string;
  readonly base: number;
}

const flashAxis: Axis = { title: 'flash', of: sweepFlash, text: size, base: 1024 };
const workAxis: Axis = { title: 'instructions', of: (p) => p.instructions ?? 0, text: rough, base: 1000 };

/** Points of accuracy that the chart spans: whole fives below and above what there is. */
function spanOf(points: readonly SweepPoint[]): { low: number; high: number; step: number } {
  const values = points.map((p) => p.accuracy);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const step = [1, 2, 5, 10, 20].find((s) => (most - least) / s <= 5) ?? 25;
  return {
    low: Math.max(0, step * Math.floor(least / step - 0.2)),
    high: Math.min(100, step * Math.ceil(most / step + 0.2)),
    step,
  };
}

/** What an axis of costs spans: all points, with a margin; from 0 where they reach down that far. */
function rangeOf(values: readonly number[]): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = 0.12 * (most - least) || 0.1 * most || 1;
  return [least < 0.3 * most ? 0 : least - margin, most + margin];
}

/** Up to this many curves have a look of their own. */
const tones = 4;

const toneOf = (series: readonly string[], name: string): string =>
  name === 'dense' ? 'dense' : `s${series.filter((s) => s !== 'dense').indexOf(name) % tones}`;

function chart(sweep: Sweep, series: readonly string[], axis: Axis): Chart {
  const { points } = sweep;
  const { low, high, step } = spanOf(points);
  const [from, to] = rangeOf(points.map(axis.of));
  const at = (n: number) => length((n - from) / (to - from));
  const x = (p: SweepPoint) => at(axis.of(p));
  const y = (accuracy: number) => length(1 - (accuracy - low) / (high - low));
  const mark = (p: SweepPoint): Mark => ({
    x: x(p),
    y: y(p.accuracy),
    tone: toneOf(series, p.series),
    title: `${p.series}, ${percent(p.sparsity)} zeros: ${p.accuracy.toFixed(1)} %, ${axis.text(axis.of(p))} ${axis.title}`,
  });
  const lines = series.flatMap((name) => {
    const own = points.filter((p) => p.series === name || p.series === 'dense');
    const sorted = [...own].sort((a, b) => a.asked - b.asked);
    return sorted.slice(1).map((p, i) => {
      const before = sorted[i]!;
      const [x1, y1, x2, y2] = [x(before), y(before.accuracy), x(p), y(p.accuracy)];
      return { x1, y1, x2, y2, tone: toneOf(series, name) };
    });
  });
  return {
    title: `Accuracy against ${axis.title}`,
    label: `Accuracy against ${axis.title}: ${points.length} points from ${Math.min(...points.map((p) => p.accuracy)).toFixed(1)} to ${Math.max(...points.map((p) => p.accuracy)).toFixed(1)} percent; the table below has the figures`,
    marks: points.map(mark),
    lines,
    xs: ticks(from, to, 5, axis.base).map((n) => ({ at: at(n), label: axis.text(n) })),
    ys: Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step).map((v) => ({
      at: y(v),
      label: `${v} %`,
    })),
  };
}

/** The curves of a sweep, and the figures behind them; null where it has no point. */
export function curveView(sweep: Sweep, report: Report): CurveView | null {
  if (!sweep.points.length) return null;
  const series = [...new Set(sweep.points.map((p) => p.series))];
  const axes = [flashAxis, ...(sweep.points.every((p) => p.instructions !== null) ? [workAxis] : [])];
  const other = sweep.target === report.target ? '' : ` for ${sweep.target}`;
  return {
    charts: axes.map((axis) => chart(sweep, series, axis)),
    legend: series.map((name) => ({ name, tone: toneOf(series, name) })),
    rows: sweep.points.map((p) => ({
      series: p.series,
      zeros: percent(p.sparsity),
      accuracy: p.accuracy.toFixed(1),
      flash: count(sweepFlash(p)),
      arena: count(p.ram.arena),
      instructions: p.instructions === null ? '–' : count(p.instructions),
    })),
    about: `${sweep.metric} on ${count(sweep.samples)} samples${other}; flash is weights${sweep.points.some((p) => p.flash.code) ? ' and code' : ''}, instructions are estimated.`,
  };
}
