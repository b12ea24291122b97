/** What vector kernels cost, beside the portable ones that a table of instructions prices. */
import { costs } from '../cost.js';
import type { Prices } from '../kernel.js';

/**
 * Prices below were timed against each other (bench/wasm-layers.mjs) in a unit of which a nanosecond has about 15. A module
 * without vectors does 4.6 of the instructions that portable kernels are priced in (IC: 29.3 million in 6.38 ms).
 */
const unitsPerInstruction = 15 / 4.6;

/** As `costs`. */
export const vectorCosts = (symbol: string, work: Parameters<typeof costs>[1], prices: Prices) =>
  costs(
    symbol,
    work,
    Object.fromEntries(Object.entries(prices).map(([unit, price]) => [unit, (price ?? 0) / unitsPerInstruction])),
  );
