import type { MemoryBlock, Report } from '../report.js';
import { count, length, size, ticks } from './format.js';

export interface BlockView {
  readonly name: string;
  readonly x: string;
  readonly y: string;
  readonly width: string;
  readonly height: string;
  /** of the label: up to where another block takes over */
  readonly room: string;
  readonly tone: string;
  readonly title: string;
  /** is there room for a line of text? */
  readonly labelled: boolean;
}

export interface MemoryView {
  readonly arena: string;
  readonly blocks: readonly BlockView[];
  readonly lines: readonly { readonly y: string; readonly label: string }[];
  readonly times: readonly { readonly x: string; readonly label: string; readonly narrow: boolean }[];
  readonly rows: readonly {
    readonly name: string;
    readonly offset: string;
    readonly bytes: string;
    readonly when: string;
  }[];
}

/** Pixels: the height of the drawing and of a line of text in it. */
const [high, line] = [320, 14];

const isWork = ({ name, first, last }: MemoryBlock): boolean => /^(scratch\d+|window)$/.test(name) && first === last;
const overlaps = (a: MemoryBlock, b: MemoryBlock): boolean =>
  a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;

const wordFor = (step: number, steps: readonly string[]): string =>
  step < 0 ? 'before the run' : step >= steps.length ? 'after the run' : `step ${step + 1}, ${steps[step]}`;

function whenText({ first, last }: MemoryBlock, steps: readonly string[]): string {
  return first === last ? wordFor(first, steps) : `${wordFor(first, steps)} to ${wordFor(last, steps)}`;
}

function view(b: MemoryBlock, all: readonly MemoryBlock[], report: Report): BlockView {
  const columns = report.steps.length + 2;
  const { arena } = report.totals.ram;
  const until = Math.min(
    ...all.filter((o) => o.first > b.first && o.first <= b.last && overlaps(o, b)).map((o) => o.first),
    b.last + 1,
  );
  const what = isWork(b) ? 'working memory' : b.name;
  return {
    name: isWork(b) ? 'work' : b.name,
    x: length((b.first + 1) / columns),
    y: length(1 - (b.offset + b.bytes) / arena),
    width: length((b.last - b.first + 1) / columns),
    height: length(b.bytes / arena),
    room: length((until - b.first) / (b.last - b.first + 1)),
    tone: isWork(b) ? 'work' : 'tensor',
    title: `${what}: ${count(b.bytes)} bytes at ${count(b.offset)}, ${whenText(b, report.steps)}`,
    labelled: (b.bytes / arena) * high >= line,
  };
}

/** Labels of the columns: a few on a phone, at most about 30 elsewhere. */
function timesOf(steps: number): MemoryView['times'] {
  const columns = steps + 2;
  const [wide, narrow] = [Math.ceil(columns / 32), Math.ceil(columns / 10)];
  const label = (i: number) => (i === 0 ? 'in' : i === columns - 1 ? 'out' : String(i));
  return Array.from({ length: columns }, (_, i) => ({ x: length((i + 0.5) / columns), label: label(i), i }))
    .filter(({ i }) => i === columns - 1 || (i % wide === 0 && columns - 1 - i >= wide))
    .map(({ x, label, i }) => ({
      x,
      label,
      narrow: i === columns - 1 || (i % narrow === 0 && columns - 1 - i >= narrow),
    }));
}

/** The arena over time: blocks as rectangles, steps from left to right, offsets upwards. */
export function memoryView(report: Report): MemoryView | null {
  const { arena } = report.totals.ram;
  const blocks = report.memory.filter((b) => b.bytes);
  if (!blocks.length || !arena) return null;
  return {
    arena: count(arena),
    blocks: blocks.map((b) => view(b, blocks, report)),
    lines: ticks(0, arena, 6, 1024).map((at) => ({ y: length(1 - at / arena), label: size(at) })),
    times: timesOf(report.steps.length),
    rows: blocks.map((b) => ({
      name: isWork(b) ? 'working memory' : b.name,
      offset: count(b.offset),
      bytes: count(b.bytes),
      when: whenText(b, report.steps),
    })),
  };
}
