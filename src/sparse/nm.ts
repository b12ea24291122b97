/**
 * The stream of nn_sparse_s8.h for n:4 patterns: of every four taps at most n = 1 or 2 weights. Parts of five bytes: the
 * places of four weights within their fours, 2 bits each, then the weights. 0.31 or 0.63 of the bytes of dense weights.
 */

/** Weights that are kept of every four; what else they could be takes about as many bytes as dense weights. */
export type Kept = 1 | 2;

/** Taps that a part covers. */
export const partTaps = (kept: Kept): number => 16 / kept;

/** Parts of a channel with so many taps. */
export const partsOf = (depth: number, kept: Kept): number => Math.ceil(depth / partTaps(kept));

/**
 * The least n of a matrix that keeps to n:4, or null where there is none.
 * @param rows weights [channels][depth], one after another
 */
export function keptOf(rows: ArrayLike<number>, depth: number): Kept | null {
  let most = 1;
  for (let i = 0; i < rows.length; i += depth)
    for (let from = 0; from < depth; from += 4) {
      let count = 0;
      for (let k = from; k < Math.min(from + 4, depth); k++) if (rows[i + k] !== 0) count += 1;
      most = Math.max(most, count);
    }
  return most === 1 || most === 2 ? most : null;
}

/** The places and weights of a group of four, filled up with weights of 0 at its beginning. */
function entries(four: readonly number[], kept: Kept): { place: number; weight: number }[] {
  const found = four.flatMap((weight, place) => (weight === 0 ? [] : [{ place, weight }]));
  return [...found, ...new Array<{ place: number; weight: number }>(kept - found.length).fill({ place: 0, weight: 0 })];
}

/** The bytes of a channel. @param row its weights, which keep to the pattern */
export function packNm(row: readonly number[], kept: Kept): number[] {
  const all = Array.from({ length: (partsOf(row.length, kept) * partTaps(kept)) / 4 }, (_, i) =>
    entries(row.slice(4 * i, 4 * i + 4), kept),
  ).flat();
  const bytes: number[] = [];
  for (let i = 0; i < all.length; i += 4) {
    const part = all.slice(i, i + 4);
    bytes.push(
      part.reduce((n, { place }, j) => n + place * 4 ** j, 0),
      ...part.map(({ weight }) => weight & 255),
    );
  }
  return bytes;
}

/** The weights of a channel again. */
export function unpackNm(bytes: readonly number[], depth: number, kept: Kept): number[] {
  const row = new Array<number>(depth).fill(0);
  bytes.forEach((byte, i) => {
    const [part, entry] = [Math.floor(i / 5), (i % 5) - 1];
    if (entry < 0 || byte === 0) return;
    const four = Math.floor((4 * part + entry) / kept);
    row[4 * four + ((bytes[5 * part]! >> (2 * entry)) & 3)] = (byte ^ 128) - 128;
  });
  return row;
}
