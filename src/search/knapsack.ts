/** One way to do something: what is lost by it, and what it takes of a budget. */
export interface Item {
  readonly loss: number;
  readonly weight: number;
}

/** Steps into which a budget is divided; weights are rounded up to them, so that a result always fits. */
const steps = 4000;

/**
 * One item of every group, so that the weights fit into the budget and the losses add up to the least: dynamic programming
 * over groups and steps of the budget (as SPDY does, Frantar & Alistarh 2022).
 * @returns index of the item of each group; null where even the lightest items do not fit
 */
export function choose(groups: readonly (readonly Item[])[], budget: number): number[] | null {
  const unit = Math.max(budget, 1) / steps;
  let least = new Float64Array(steps + 1);
  const picks: Int32Array[] = [];
  for (const items of groups) {
    const next = new Float64Array(steps + 1).fill(Number.POSITIVE_INFINITY);
    const pick = new Int32Array(steps + 1).fill(-1);
    items.forEach(({ loss, weight }, i) => {
      const cost = Math.max(0, Math.ceil(weight / unit - 1e-9));
      for (let b = cost; b <= steps; b++) {
        const sum = least[b - cost]! + loss;
        if (sum >= next[b]!) continue;
        next[b] = sum;
        pick[b] = i;
      }
    });
    picks.push(pick);
    least = next;
  }
  if (!Number.isFinite(least[steps]!)) return null;
  return trace(groups, picks, unit);
}

function trace(groups: readonly (readonly Item[])[], picks: readonly Int32Array[], unit: number): number[] {
  const chosen = new Array<number>(groups.length);
  let left = steps;
  for (let g = groups.length - 1; g >= 0; g--) {
    chosen[g] = picks[g]![left]!;
    left -= Math.max(0, Math.ceil(groups[g]![chosen[g]!]!.weight / unit - 1e-9));
  }
  return chosen;
}
