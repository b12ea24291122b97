/**
 * Logistic and tanh of 16-bit fixed-point numbers by a table, as TensorFlow Lite's reference kernels: 256 entries of
 * logistic(i / 24) in Q0.16, straight lines between them. tanh(x) = 2 * logistic(2x) - 1 uses the same table.
 */
export const sigmoidTable: readonly number[] = Array.from({ length: 256 }, (_, i) =>
  Math.round(65536 / (1 + Math.exp(-i / 24))),
);

/** Inputs beyond the table. */
const last = 255;

/** Position of |x| in the table: entries, and a fraction of `bits` bits. */
function between(magnitude: number, bits: number): number {
  const index = magnitude >> bits;
  const [low, high] = [sigmoidTable[index]!, sigmoidTable[index + 1]!];
  return low * (1 << bits) + (magnitude & ((1 << bits) - 1)) * (high - low);
}

/**
 * logistic of a Q3.12 number in Q0.15.
 * @param x -32768..32767
 */
export function logistic16(x: number): number {
  const scaled = x * 3;
  const magnitude = Math.abs(scaled);
  const value = magnitude >> 9 >= last ? 0x7fff * 1024 : between(magnitude, 9);
  const whole = scaled >= 0 ? value + 512 : 2 ** 25 - value + 511;
  return Math.floor(whole / 1024);
}

/** What brings a stored value, worth 2^power, to the table's steps: multiplier and right shift. */
export function tanhScale(power: number): { readonly multiplier: number; readonly shift: number } {
  const left = 15 + power - 3;
  return left < 0 ? { multiplier: 3, shift: -left } : { multiplier: 3 << left, shift: 0 };
}

/**
 * tanh of a stored value in Q0.15.
 * @param x -32768..32767
 */
export function tanh16(x: number, { multiplier, shift }: ReturnType<typeof tanhScale>): number {
  const scaled = (x * multiplier + (shift > 0 ? 2 ** (shift - 1) : 0)) >> shift;
  const magnitude = Math.abs(scaled);
  const value = magnitude >> 8 >= last ? 0xffff * 256 : between(magnitude, 8);
  const whole = scaled >= 0 ? value - 2 ** 23 + 128 : 2 ** 23 - value + 127;
  return Math.floor(whole / 256);
}
