import type { Sweep, SweepPoint } from '../report/sweep.js';

const columns: readonly [string, (p: SweepPoint) => string | number | null][] = [
  ['series', (p) => p.series],
  ['asked', (p) => p.asked],
  ['sparsity', (p) => p.sparsity],
  ['accuracy', (p) => p.accuracy],
  ['flash_weights', (p) => p.flash.weights],
  ['flash_code', (p) => p.flash.code],
  ['ram_arena', (p) => p.ram.arena],
  ['instructions', (p) => p.instructions],
  ['cycles', (p) => p.cycles],
];

/** A line per point, headings first; what is not known is empty. */
export const csvOf = ({ points }: Sweep): string =>
  [columns.map(([name]) => name), ...points.map((p) => columns.map(([, of]) => of(p) ?? ''))]
    .map((cells) => `${cells.join(',')}\n`)
    .join('');
