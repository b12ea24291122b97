/** Instructions of the kernels for the DSP extension: loops counted from the assembly, the C around them measured. */
import { type Product, roundsAway } from './dsp-scale.js';
import { type Geometry, isInside } from './geometry.js';
import type { Target } from './kernel.js';

/** As NN_DSP_UNROLL: blocks of an inner loop. */
const unrollOf = (target: Target): number => (target.shared ? 2 : 16);

/** The strips of all windows, three pixels each, and walking from one to the next. */
export function stripCost(g: Geometry, copied: boolean): number {
  const perImage = g.outH * g.outW;
  const taps = g.kernel[0] * g.kernel[1];
  const words = copied ? Math.ceil((taps * g.inC) / 4) : taps * Math.ceil(g.inC / 4);
  const triples = g.batch * Math.ceil(perImage / 3);
  let inside = 0;
  for (let y = 0; y < g.outH; y++) for (let x = 0; x < g.outW; x++) if (isInside(g, y, x)) inside++;
  const outside = g.batch * (perImage - inside);
  const width = g.kernel[1] * g.inC;
  const copies = copied && width % 4 !== 0 ? 3 * g.kernel[0] * 0.36 * width : 0;
  return triples * (12 * words + 60 + copies) + outside * 8 * taps;
}

/** nn_fully_connected_s8__dsp, one row. */
export function denseCost(depth: number, channels: number, away: number, target: Target): number {
  const unroll = unrollOf(target);
  const blocks = Math.ceil(depth / 8);
  const loop = 27 * blocks + 3 * Math.max(1, Math.ceil((blocks - 1) / unroll));
  return Math.ceil(channels / 4) * (loop + 31 + 4 * away) + 9 * blocks + 50 + (channels % 4 ? 40 : 0);
}

/** nn_fully_connected_s8_blocks__dsp, one row. */
export function blockCost(p: Product, { blocks, chunks }: { blocks: number; chunks: number }, taps: number): number {
  const groups = Math.ceil(p.channels / 4);
  return (
    (taps === 8 ? 29 : 16) * blocks + 2 * chunks + groups * (37 + 4 * roundsAway(p)) + 9 * Math.ceil(p.depth / 8) + 60
  );
}
