import type { Report } from '../report.js';
import type { StageReport } from '../stages.js';
import { count, percent } from './format.js';

export interface Cell {
  readonly value: string;
  /** against the first stage that has a figure, e.g. `−42.0 %`; empty where there is nothing to compare */
  readonly change: string;
  readonly tone: 'better' | 'worse' | '';
  /** as emitted */
  readonly last: boolean;
}

export interface StageTable {
  readonly stages: readonly { readonly name: string; readonly what: string }[];
  readonly rows: readonly { readonly name: string; readonly unit: string; readonly cells: readonly Cell[] }[];
}

const words: Readonly<Record<StageReport['stage'], string>> = {
  imported: 'as it came',
  simplified: 'exact, no output bit changes',
  quantised: 'float to int8',
  pruned: 'the weights left solved again',
};

/** Accuracy is known of both ends: exact simplification keeps that of the model. */
function accuracy(s: StageReport, { accuracy: a, stages }: Report): number | null {
  if (!a) return null;
  if (s === stages.at(-1)) return a.compiled;
  return s.stage === 'imported' || s.stage === 'simplified' ? a.dense : null;
}

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly of: (s: StageReport, report: Report) => number | null;
  /** percent: changes are told in points, and more is better */
  readonly points?: boolean;
}

const figures: readonly Figure[] = [
  { name: 'Accuracy', unit: '%', of: accuracy, points: true },
  { name: 'Weights that are not zero', unit: '', of: (s) => s.nonzero },
  { name: 'Multiply-accumulates', unit: '', of: (s) => s.macs },
  { name: 'Constants in flash', unit: 'bytes', of: (s) => s.bytes },
  { name: 'Arena in RAM', unit: 'bytes', of: (s) => s.arena },
  { name: 'Instructions', unit: 'estimated', of: (s) => s.instructions },
];

function cell(value: number | null, first: number, points: boolean, last: boolean): Cell {
  if (value === null) return { value: '–', change: '', tone: '', last };
  const text = points ? value.toFixed(1) : count(value);
  if (value === first) return { value: text, change: '', tone: '', last };
  const size = Math.abs(value - first);
  const change = `${value > first ? '+' : '−'}${points ? `${size.toFixed(1)} points` : percent(size / first)}`;
  return { value: text, change, tone: value > first === points ? 'better' : 'worse', last };
}

/** Stages that say the same twice are one: a model in which there was nothing to simplify. */
function merged({ stages }: Report): { stages: readonly StageReport[]; isMerged: boolean } {
  const [imported, next] = stages;
  const isMerged = next?.stage === 'simplified' && imported!.macs === next.macs && imported!.bytes === null;
  return { stages: isMerged ? stages.slice(1) : stages, isMerged };
}

/** Figures from stage to stage; those that no stage has are left out. */
export function stageTable(report: Report): StageTable {
  const { stages, isMerged } = merged(report);
  const rows = figures.flatMap(({ name, unit, of, points = false }) => {
    const values = stages.map((s) => of(s, report));
    const first = values.find((v) => v !== null);
    if (first == null) return [];
    return [{ name, unit, cells: values.map((v, i) => cell(v, first, points, i === stages.length - 1)) }];
  });
  const heads = stages.map((s, i) =>
    isMerged && i === 0
      ? { name: 'imported', what: 'nothing to simplify' }
      : { name: s.stage as string, what: words[s.stage] },
  );
  return { stages: heads, rows };
}
