import { callCycles } from '../plan/cycles.js';
import { type Plan, planCalls } from '../plan/plan.js';
import type { QemuMeasurement } from '../verify/qemu-counters.js';
import type { Verification } from '../verify/verify.js';
import type { LayerReport, Report } from './report.js';

/**
 * For each layer of the report its index among the layers that are traced, or undefined: the first of two layers that
 * run interleaved is counted with the second.
 */
export function tracedIndex(report: Report): (number | undefined)[] {
  let next = 0;
  return report.layers.map(({ name }) => (report.artifact.traced[next]?.name === name ? next++ : undefined));
}

function withCount(layer: LayerReport, measured: number | null): LayerReport {
  return { ...layer, instructions: { ...layer.instructions, measured } };
}

/** Cycles stay an estimate, now of counted instructions. */
function cyclesOf(plan: Plan, { instructions }: QemuMeasurement, waitStates: number): number | null {
  const counted =
    instructions / planCalls(plan).reduce((n, c) => n + c.kernel.cost(c.site, plan.target).instructions, 0);
  const each = planCalls(plan).map((call) =>
    callCycles(call, plan.target, counted * call.kernel.cost(call.site, plan.target).instructions, waitStates),
  );
  return each.some((c) => c === null) ? null : each.reduce<number>((n, c) => n + c!, 0);
}

/** The report with what was measured on the target filled in. */
export function withMeasurement(
  report: Report,
  plan: Plan,
  measured: QemuMeasurement,
  verification: Verification,
): Report {
  const { totals } = report;
  const { arena, state } = totals.ram;
  const index = tracedIndex(report);
  const { waitStates } = totals.cycles;
  return {
    ...report,
    totals: {
      ...totals,
      flash: { ...totals.flash, code: measured.flash.code, total: measured.flash.total },
      ram: { arena, state, stack: measured.stack, total: arena + state + measured.stack },
      instructions: { ...totals.instructions, measured: measured.instructions },
      cycles: { estimated: cyclesOf(plan, measured, waitStates), waitStates },
    },
    layers: report.layers.map((layer, i) => {
      const at = index[i];
      return withCount(layer, at === undefined ? null : measured.layers[at]!);
    }),
    verification: [...report.verification, verification],
  };
}
