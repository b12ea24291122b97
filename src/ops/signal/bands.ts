import type { AudioFeatures } from '../../ir/graph.js';

/** 2^16 * (log2(1 + i / 128) - i / 128), rounded, in 128 segments and the ends behind the last. */
export const logTable = (): Int16Array =>
  Int16Array.from({ length: 130 }, (_, i) => (i < 128 ? Math.round(65536 * (Math.log2(1 + i / 128) - i / 128)) : 0));

const bitLength = (v: number): number => 32 - Math.clz32(v);

/** Root of a uint64, rounded to the nearest, within 16 bits if the value is within 32, and within 32 bits. */
export function root(value: bigint): number {
  let r = BigInt(Math.floor(Math.sqrt(Number(value))));
  while (r * r > value) r -= 1n;
  while ((r + 1n) * (r + 1n) <= value) r += 1n;
  const most = value < 2n ** 32n ? 0xffffn : 0xffffffffn;
  return Number(value - r * r > r && r !== most ? r + 1n : r);
}

/**
 * Weighted sums of energies, uint64 [channels]. Half a band lies below its centre, half above: the sum with `unweights` over
 * the range of a channel begins that of the next one. The first channel only begins the second.
 */
export function bandSums(
  energy: Uint32Array,
  [weights, unweights, starts, weightStarts, widths]: readonly ArrayLike<number>[],
): bigint[] {
  const sums: bigint[] = [];
  let [sum, next] = [0n, 0n];
  for (let c = 0; c < starts!.length; c++) {
    for (let j = 0; j < widths![c]!; j++) {
      const e = BigInt(energy[starts![c]! + j]!);
      sum += BigInt(weights![weightStarts![c]! + j]!) * e;
      next += BigInt(unweights![weightStarts![c]! + j]!) * e;
    }
    sums.push(BigInt.asUintN(64, sum));
    [sum, next] = [next, 0n];
  }
  return sums.slice(1);
}

/** The signal (uint32) less the noise, and the noise after it. */
export function subtractNoise(
  signal: number,
  noise: number,
  channel: number,
  a: AudioFeatures,
): { signal: number; noise: number } {
  const odd = channel & 1;
  const scaled = (signal << a.smoothingBits) >>> 0;
  const sum = BigInt(scaled) * BigInt(a.smoothing[odd]!) + BigInt(noise) * BigInt(a.oneMinusSmoothing[odd]!);
  const estimate = Number(BigInt.asUintN(32, sum >> BigInt(a.subtractionBits)));
  const taken = Math.min(estimate, scaled);
  const least = Number(
    BigInt.asUintN(32, (BigInt(signal) * BigInt(a.minSignalRemaining)) >> BigInt(a.subtractionBits)),
  );
  return {
    signal: Math.max((scaled - taken) >>> a.smoothingBits, least),
    noise: a.clamping ? taken : estimate,
  };
}

/** The gain against a level of noise (uint32): a parabola for each power of two, 4 table entries apart. */
function gain(noise: number, table: ArrayLike<number>): number {
  if (noise <= 2) return table[noise]!;
  const interval = bitLength(noise);
  const at = 4 * interval - 6;
  const fraction = (interval < 11 ? noise << (11 - interval) : noise >>> (interval - 11)) & 0x3ff;
  const slope = ((table[at + 2]! * fraction) >> 5) + table[at + 1]! * 32;
  return (((((slope * fraction + 2 ** 14) >> 15) + table[at]!) << 16) >> 16) >>> 0;
}

/** The signal with the gain of per-channel amplitude normalisation, compressed: 6 fractional bits. */
export function normalise(signal: number, noise: number, table: ArrayLike<number>, snrShift: number): number {
  const product = (BigInt(signal) * BigInt(gain(noise, table))) >> BigInt(snrShift);
  const snr = Number(BigInt.asUintN(32, product));
  return snr < 8192 ? (snr * snr) >>> 20 : (snr >>> 6) - 64;
}

/** outputScale * ln(value << correctionBits) as int16; the table's segments are not interpolated to the full. */
export function logarithm(value: number, a: AudioFeatures, table: ArrayLike<number>): number {
  const x = (value << a.correctionBits) >>> 0;
  if (x <= 1) return 0;
  const whole = bitLength(x) - 1;
  const rest = x - 2 ** whole;
  const fraction = whole < 16 ? rest << (16 - whole) : rest >>> (whole - 16);
  const segment = fraction >> 9;
  const [c0, c1] = [table[segment]!, table[segment + 1]!];
  // TFLite Micro shifts by 16 bits where the width of a segment would be 9.
  const log2 = whole * 65536 + fraction + c0 + (((c1 - c0) * (fraction & 511)) >> 16);
  const ln = Math.floor((45426 * log2 + 32768) / 65536);
  return Math.min((((Math.imul(a.outputScale, ln) >>> 0) + 32768) >>> 0) >>> 16, 32767);
}
