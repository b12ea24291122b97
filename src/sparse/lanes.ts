/** The stream of nn_dsp_lanes_s8.h: of every channel the weights that are there, two entries of 16 bits to a word. */

/** A weight, and where the pixels that it multiplies begin in the strip, in bytes; a multiple of 4. */
export interface LaneEntry {
  readonly at: number;
  readonly weight: number;
}

/** As in nn_dsp_lanes_s8.h. */
const unroll = 8;
const wordBytes = 68;
/** Farthest that the strip pointer goes on at once, bytes. */
const reach = 252;

/** Entries as the stream steps through them: where the gap is too wide for a byte, weights of 0 in between. */
function steps(entries: readonly LaneEntry[]): { step: number; weight: number }[] {
  const all: { step: number; weight: number }[] = [];
  let from = 0;
  for (const { at, weight } of entries) {
    for (; at - from > reach; from += reach) all.push({ step: reach, weight: 0 });
    all.push({ step: at - from, weight });
    from = at;
  }
  if (all.length % 2) all.push({ step: 0, weight: 0 });
  return all;
}

/** Words of entries of a channel. */
export const laneWords = (entries: readonly LaneEntry[]): number => steps(entries).length / 2;

const half = ({ step, weight }: { step: number; weight: number }): number => (step << 8) | (weight & 255);

/**
 * One channel: bias, chunks of up to 8 words of entries, each after its jump, a 0, and the numbers that scale the sum.
 * @param entries by rising `at`
 */
export function packLane(bias: number, entries: readonly LaneEntry[], numbers: readonly number[]): number[] {
  const all = steps(entries);
  const words: number[] = [];
  for (let i = 0; i < all.length; i += 2) words.push(half(all[i]!) | (half(all[i + 1]!) << 16));
  const first = words.length % unroll || Math.min(unroll, words.length);
  const packed = [bias, (unroll - first) * wordBytes, ...words.slice(0, first)];
  for (let i = first; i < words.length; i += unroll)
    packed.push(-unroll * wordBytes - 8, ...words.slice(i, i + unroll));
  return [...packed, 0, ...numbers];
}

/** The entries of one channel again, those with weight 0 left out. @param words from the first jump on */
export function unpackLane(words: readonly number[]): LaneEntry[] {
  const entries: LaneEntry[] = [];
  let at = 0;
  let left = unroll - words[0]! / wordBytes;
  for (let i = 1; ; i++) {
    for (; left > 0; left--, i++)
      for (const e of [words[i]! & 0xffff, words[i]! >>> 16]) {
        at += e >> 8;
        const weight = ((e & 255) ^ 128) - 128;
        if (weight !== 0) entries.push({ at, weight });
      }
    if (words[i] === 0) return entries;
    left = -(words[i]! + 8) / wordBytes;
  }
}
