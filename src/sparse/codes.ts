/**
 * Weights as a string of bits (nn_coded_s8.h): what is left out and what is there, both in Rice's code. For the right
 * parameters this comes within some percent of the entropy of zeros, and values whose small ones are frequent take less
 * than 8 bits.
 */

/** Parameters of a layer's code. */
export interface Code {
  /** bits of Rice's code for the taps left out; -1 = no tap is */
  readonly gap: number;
  /** bits of Rice's code for values; 8 = plain 8 bits */
  readonly value: number;
  /** least magnitudes of weights above and below 0 */
  readonly positive: number;
  readonly negative: number;
}

/** A channel: its weights, and numbers that come before them, each with its count of bits. */
export interface CodedChannel {
  readonly head: readonly (readonly [value: number, bits: number])[];
  readonly weights: ArrayLike<number>;
}

/** As many zeros as say that a number follows in 16 bits. */
const farther = 16;

/** Bits of a number in Rice's code. */
function riceBits(n: number, low: number): number {
  const zeros = Math.floor(n / 2 ** low);
  return zeros < farther ? zeros + 1 + low : farther + 16;
}

/** The number that stands for a weight. */
const codeOf = (w: number, { positive, negative }: Code): number =>
  w >= positive ? 2 * (w - positive) : 2 * (-w - negative) + 1;

const weightOf = (n: number, { positive, negative }: Code): number =>
  n % 2 ? -(n - 1) / 2 - negative : n / 2 + positive;

/** Taps left out before each weight that is there, and after the last of a channel. */
function* gaps(weights: ArrayLike<number>): Generator<number> {
  let gap = 0;
  for (let k = 0; k < weights.length; k++) {
    if (weights[k] === 0) gap++;
    else {
      yield gap;
      gap = 0;
    }
  }
  yield gap;
}

/** How often each number occurs. */
function histogram(numbers: Iterable<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const n of numbers) counts.set(n, (counts.get(n) ?? 0) + 1);
  return counts;
}

/** The parameter among `lows` with the fewest bits in all; 8 stands for plain values. */
function best(counts: Map<number, number>, lows: readonly number[]): { low: number; bits: number } {
  const bits = (low: number) =>
    [...counts].reduce((sum, [n, times]) => sum + times * (low === 8 ? 8 : riceBits(n, low)), 0);
  return lows.map((low) => ({ low, bits: bits(low) })).reduce((a, b) => (b.bits < a.bits ? b : a));
}

/** Values of 8 bits must hold every code. */
function bestValue(
  weights: readonly number[],
  ends: Pick<Code, 'positive' | 'negative'>,
): { low: number; bits: number } {
  const counts = histogram(weights.map((w) => codeOf(w, { gap: 0, value: 0, ...ends })));
  const fits = Math.max(0, ...counts.keys()) < 256;
  return best(counts, fits ? [0, 1, 2, 3, 4, 5, 6, 7, 8] : [0, 1, 2, 3, 4, 5, 6, 7]);
}

/** The shorter of two codes, with zeros left out and with all weights there, and the bits that all weights take in it. */
export function chooseCode(channels: readonly ArrayLike<number>[]): { code: Code; bits: number } {
  const all = channels.flatMap((w) => Array.from(w));
  const there = all.filter((w) => w !== 0);
  const least = there.reduce((m, w) => Math.min(m, Math.abs(w)), 128) % 128 || 1;
  const gap = best(histogram(channels.flatMap((w) => [...gaps(w)])), [0, 1, 2, 3, 4, 5, 6, 7]);
  const sparse = bestValue(there, { positive: least, negative: least });
  const dense = bestValue(all, { positive: 0, negative: 1 });
  if (dense.bits <= gap.bits + sparse.bits)
    return { code: { gap: -1, value: dense.low, positive: 0, negative: 1 }, bits: dense.bits };
  const code = { gap: gap.low, value: sparse.low, positive: least, negative: least };
  return { code, bits: gap.bits + sparse.bits };
}

/** Bits, the first highest in its byte. */
class BitWriter {
  readonly bytes: number[] = [];
  /** bits that do not make a byte yet, as a number */
  private rest = 0;
  private left = 0;

  /** @param count at most 32 */
  put(value: number, count: number): void {
    this.rest = this.rest * 2 ** count + value;
    for (this.left += count; this.left >= 8; this.left -= 8) {
      const unit = 2 ** (this.left - 8);
      const byte = Math.floor(this.rest / unit);
      this.bytes.push(byte);
      this.rest -= byte * unit;
    }
  }

  /** Zeros up to the next byte. */
  fill(): void {
    if (this.left) this.put(0, 8 - this.left);
  }

  rice(n: number, low: number): void {
    const zeros = Math.floor(n / 2 ** low);
    this.put(0, Math.min(zeros, farther));
    if (zeros >= farther) {
      this.put(n, 16);
      return;
    }
    this.put(1, 1);
    this.put(n % 2 ** low, low);
  }
}

function putWeights(out: BitWriter, weights: ArrayLike<number>, code: Code): void {
  const left = gaps(weights);
  for (let k = 0; k < weights.length; k++) {
    if (code.gap >= 0 && weights[k] === 0) continue;
    if (code.gap >= 0) out.rice(left.next().value!, code.gap);
    const n = codeOf(weights[k]!, code);
    if (code.value === 8) out.put(n, 8);
    else out.rice(n, code.value);
  }
  if (code.gap >= 0) out.rice(left.next().value!, code.gap);
}

/** Bytes that the kernels read beyond the last bit. */
const slack = 3;

/** Bytes of all channels whose numbers and weights take so many bits. */
export const codeBytes = (bits: number): number => Math.ceil(bits / 8) + slack;

/** The bytes of all channels. */
export function packCodes(channels: readonly CodedChannel[], code: Code): number[] {
  const out = new BitWriter();
  for (const { head, weights } of channels) {
    for (const [value, bits] of head) out.put(value, bits);
    putWeights(out, weights, code);
  }
  out.fill();
  return [...out.bytes, ...new Array<number>(slack).fill(0)];
}

/** Bits again. */
class BitReader {
  private at = 0;
  constructor(private readonly bytes: readonly number[]) {}

  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.at++)
      value = 2 * value + ((this.bytes[this.at >> 3]! >> (7 - (this.at & 7))) & 1);
    return value;
  }

  rice(low: number): number {
    let high = 0;
    while (high < farther && this.take(1) === 0) high++;
    if (high === farther) return this.take(16);
    return high * 2 ** low + this.take(low);
  }
}

/** The weights of all channels again. @param head bits before each channel's weights */
export function unpackCodes(bytes: readonly number[], code: Code, channels: number, depth: number, head: number) {
  const reader = new BitReader(bytes);
  return Array.from({ length: channels }, () => {
    reader.take(head);
    const weights = new Array<number>(depth).fill(0);
    for (let k = 0; ; k++) {
      if (code.gap >= 0) k += reader.rice(code.gap);
      if (k >= depth) return weights;
      weights[k] = weightOf(code.value === 8 ? reader.take(8) : reader.rice(code.value), code);
    }
  });
}
