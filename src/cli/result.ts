import type { Report } from '../report/report.js';
import { color, count, table } from './terminal.js';

const instructions = ({ estimated, measured }: Report['totals']['instructions']): string =>
  measured === null
    ? `${count(estimated ?? 0)} (estimated)`
    : `${count(measured)} (counted by QEMU; estimated ${count(estimated ?? 0)})`;

/** Bytes of the code: measured, or by estimate. */
function code({ code: measured, codeEstimated }: Report['totals']['flash']): string[][] {
  if (measured !== null) return [['flash, code', `${count(measured)} bytes`]];
  return codeEstimated === null ? [] : [['flash, code', `about ${count(codeEstimated)} bytes (estimated)`]];
}

const cycles = ({ estimated, waitStates }: Report['totals']['cycles']): string =>
  `about ${count(estimated ?? 0)} (a rough estimate, flash with ${waitStates} wait states)`;

/** A row for each way to choose kernels. */
const variantTable = (variants: NonNullable<Report['variants']>): string[] =>
  table(
    ['optimize', 'instructions', 'flash', 'weights', 'arena'],
    variants.map((v) => [
      v.optimize,
      count(v.instructions.measured ?? v.instructions.estimated ?? 0),
      v.flash.total === null ? '-' : count(v.flash.total),
      count(v.flash.weights),
      count(v.ram.arena),
    ]),
  );

/** The result in a few lines. */
function summary(report: Report, out: string): string[] {
  const { totals, accuracy } = report;
  const rows = [
    ['MACs', `${count(totals.liveMacs)}${totals.liveMacs === totals.macs ? '' : ` (model: ${count(totals.macs)})`}`],
    [
      'weights',
      `${count(totals.liveWeights)}${totals.liveWeights === totals.weights ? '' : ` (model: ${count(totals.weights)})`}`,
    ],
    ...(totals.flash.total === null ? [] : [['flash', `${count(totals.flash.total)} bytes`]]),
    ['flash, weights', `${count(totals.flash.weights)} bytes`],
    ...code(totals.flash),
    ['RAM, arena', `${count(totals.ram.arena)} bytes (with input, output and scratch)`],
    ...(totals.ram.stack === null ? [] : [['RAM, stack', `${count(totals.ram.stack)} bytes`]]),
    ...(report.pruning
      ? [
          ['zeros', `${(100 * report.pruning.sparsity).toFixed(1)} % of the weights that can be pruned`],
          [
            'before pruning',
            `${count(report.pruning.before.weights)} bytes of weights, ${count(report.pruning.before.instructions)} instructions (estimated)`,
          ],
        ]
      : []),
    ['instructions', instructions(totals.instructions)],
    ...(totals.cycles.estimated === null ? [] : [['cycles', cycles(totals.cycles)]]),
    ...report.verification.map((v) => [
      'verification',
      `${v.mismatches ? `${v.mismatches} of ${v.vectors} vectors differ` : `${v.vectors} vectors, all equal`} (${v.engine})`,
    ]),
    ...(accuracy
      ? [
          [
            'accuracy',
            `${accuracy.compiled?.toFixed(1)} % (model: ${accuracy.dense?.toFixed(1)} %) on ${accuracy.samples} samples`,
          ],
        ]
      : []),
  ];
  const warnings = (report.pruning?.warnings ?? []).map((w) => color.yellow(`  ${'note'.padEnd(16)}${w}`));
  return [...rows.map(([k, v]) => `  ${k!.padEnd(16)}${v}`), ...warnings, `  ${'files'.padEnd(16)}${out}`];
}

const layerTable = (report: Report): string[] =>
  table(
    ['layer', 'op', 'output', 'MACs', 'weights', 'bytes', 'kernel'],
    report.layers.map((l) => [
      l.name,
      l.op,
      l.outputShape.join('x'),
      count(l.macs),
      count(l.weights),
      count(l.bytes),
      l.kernel,
    ]),
  );

/** What a compilation prints: a row per layer, then the totals. */
export const result = (report: Report, name: string, out: string): string[] => [
  ...layerTable(report),
  '',
  color.bold(`${name} for ${report.target}`),
  ...summary(report, out),
  ...(report.variants ? ['', ...variantTable(report.variants)] : []),
];
