import type { Plan } from './plan.js';

/**
 * The memory plan as text: a line per block with its bytes, its place and the steps during which it lives.
 *
 *     offset  bytes  steps        0123456789
 *          0   8000  conv2d_1     .##.......
 */
export function drawPlan(plan: Plan): string {
  const steps = plan.steps.length;
  const width = Math.min(32, Math.max(...plan.blocks.map((b) => b.name.length), 5));
  const bar = (first: number, last: number) =>
    Array.from({ length: steps + 2 }, (_, i) => (i - 1 >= first && i - 1 <= last ? '#' : '.')).join('');
  const rows = [...plan.blocks]
    .filter((b) => b.bytes)
    .sort((a, b) => a.first - b.first || a.offset - b.offset)
    .map(
      (b) =>
        `${String(b.offset).padStart(8)} ${String(b.bytes).padStart(8)}  ${b.name.slice(-width).padEnd(width)}  ${bar(b.first, b.last)}`,
    );
  return [
    `arena ${plan.arena} bytes, alignment ${plan.target.align}; columns: before the first step, each step, after the last`,
    `${'offset'.padStart(8)} ${'bytes'.padStart(8)}  ${'block'.padEnd(width)}`,
    ...rows,
    '',
  ].join('\n');
}
