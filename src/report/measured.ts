import { planCycles } from '../plan/cycles.js';
import { type Plan, planInstructions } from '../plan/plan.js';
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
  const scale = measured.instructions / planInstructions(plan);
  return {
    ...report,
    totals: {
      ...totals,
      flash: { ...totals.flash, code: measured.flash.code, total: measured.flash.total },
      ram: { arena, state, stack: measured.stack, total: arena + state + measured.stack },
      instructions: { ...totals.instructions, measured: measured.instructions },
      // Still an estimate, now of counted instructions.
      cycles: { estimated: plan.target.pipeline ? planCycles(plan, waitStates, scale) : null, waitStates },
    },
    layers: report.layers.map((layer, i) => {
      const at = index[i];
      return withCount(layer, at === undefined ? null : measured.layers[at]!);
    }),
    verification: [...report.verification, verification],
  };
}
