import type { LayerReport, Report } from '../report.js';
import { count, length, percent, shape } from './format.js';

export interface LayerRow {
  readonly number: number;
  /** pieces of the name, between which a line may break */
  readonly name: readonly string[];
  readonly op: string;
  readonly from: string;
  readonly to: string;
  readonly kernel: readonly string[];
  readonly format: string;
  readonly sparse: boolean;
  readonly weighted: boolean;
  readonly bytes: string;
  readonly byteCount: number;
  /** of the weights; empty where there are none */
  readonly zeros: string;
  readonly zeroShare: number;
  readonly zeroBar: string;
  readonly work: string;
  readonly workCount: number;
  readonly share: string;
  readonly shareBar: string;
}

/** Counted instructions where there are any, else the estimate. A layer that runs with the next has no count of its own. */
function workOf({ instructions }: LayerReport, isMeasured: boolean): number | null {
  return isMeasured ? instructions.measured : instructions.estimated;
}

const pieces = (name: string): string[] => name.split(/(?<=[_/])(?=[^_/])/);

function row(l: LayerReport, i: number, isMeasured: boolean, total: number, most: number): LayerRow {
  const zeroShare = l.weights ? 1 - l.nonzero / l.weights : 0;
  const work = workOf(l, isMeasured);
  return {
    number: i + 1,
    name: pieces(l.name),
    op: l.op.replaceAll('_', ' ').replaceAll('+', ' + '),
    from: shape(l.inputShape),
    to: shape(l.outputShape),
    kernel: pieces(l.kernel),
    format: l.weights ? l.format : '–',
    sparse: l.format !== 'dense',
    weighted: l.weights > 0,
    bytes: count(l.bytes),
    byteCount: l.bytes,
    zeros: l.weights ? percent(zeroShare) : '–',
    zeroShare,
    zeroBar: length(zeroShare),
    work: work === null ? 'with next' : count(work),
    workCount: work ?? 0,
    share: work === null || !total ? '' : percent(work / total),
    shareBar: length(most ? (work ?? 0) / most : 0),
  };
}

/** The table of layers, and what its figures of work are. */
export function layerTable(report: Report): { rows: LayerRow[]; work: string; total: { bytes: string; work: string } } {
  const isMeasured = report.totals.instructions.measured !== null;
  const works = report.layers.map((l) => workOf(l, isMeasured) ?? 0);
  const total = works.reduce((a, b) => a + b, 0);
  const most = Math.max(0, ...works);
  return {
    rows: report.layers.map((l, i) => row(l, i, isMeasured, total, most)),
    work: isMeasured ? 'counted' : 'estimated',
    total: { bytes: count(report.totals.flash.weights), work: count(total) },
  };
}
