import type { Cost, Kernel, Prices, Site, Target, Work } from './kernel.js';

/** Instructions of counted work: each unit at the target's price where it has one, else at the usual price. */
export function priced(symbol: string, target: Target, work: Work, usual: Prices): Cost {
  const prices = { ...usual, ...target.costs?.[symbol] };
  const total = Object.entries(work).reduce((sum, [unit, count]) => sum + (prices[unit] ?? 0) * count, 0);
  return { instructions: Math.round(total) };
}

/** The members `work`, `prices` and `cost` of a row: what it does at a site, and what a unit of that usually costs. */
export const costs = (
  symbol: string,
  work: (site: Site) => Work,
  usual: Prices,
): Required<Pick<Kernel, 'work' | 'prices' | 'cost'>> => ({
  work,
  prices: usual,
  cost: (site, target) => priced(symbol, target, work(site), usual),
});
