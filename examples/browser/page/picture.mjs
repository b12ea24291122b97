// Pictures as the person detector takes them.
export const side = 96;

/**
 * The middle square of a picture, averaged down (or repeated up) to 96x96, in the model's int8 encoding: byte - 128.
 * @param image width, height and RGBA bytes, as `ImageData` has them
 * @returns [96][96][3]
 */
export function toInput({ width, height, data }) {
  const crop = Math.min(width, height);
  const [left, top] = [(width - crop) >> 1, (height - crop) >> 1];
  const edges = Array.from({ length: side + 1 }, (_, i) => Math.floor((i * crop) / side));
  const input = new Int8Array(side * side * 3);
  for (let y = 0, at = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const sums = [0, 0, 0];
      const [bottom, right] = [Math.max(edges[y] + 1, edges[y + 1]), Math.max(edges[x] + 1, edges[x + 1])];
      for (let v = edges[y]; v < bottom; v++)
        for (let u = edges[x]; u < right; u++) {
          const p = ((top + v) * width + left + u) * 4;
          for (let c = 0; c < 3; c++) sums[c] += data[p + c];
        }
      const count = (bottom - edges[y]) * (right - edges[x]);
      for (const sum of sums) input[at++] = Math.round(sum / count) - 128;
    }
  return input;
}

/** The input as pixels again, to show what the model sees. */
export function toPixels(input) {
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let i = 0; i < side * side; i++) for (let c = 0; c < 3; c++) pixels[4 * i + c] = input[3 * i + c] + 128;
  return pixels;
}
