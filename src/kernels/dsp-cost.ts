/** Instructions of the assembly in nn_dsp_s8.h, counted from its text. */

const unroll = 16;

/** nn_dsp_matmul_3: 3 pixels, all channels, `blocks` of 4 taps. */
export function matmulCost(blocks: number, channels: number, away: number): number {
  const pairs = Math.ceil(channels / 2);
  const loop = 17 * blocks + 2 * Math.max(1, Math.ceil((blocks - 1) / unroll));
  return pairs * (loop + 42 + 6 * away) + 30 + (channels % 2) * 30;
}
