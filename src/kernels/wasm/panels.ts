/** Weights for vectors of channels. */

/** Weights [channels][depth] as [panels of `width`][depth][width], zeros beyond. */
export function panels(weights: ArrayLike<number>, channels: number, depth: number, width: number): Float32Array {
  const out = new Float32Array(Math.ceil(channels / width) * width * depth);
  for (let o = 0; o < channels; o++) {
    const panel = Math.floor(o / width) * width * depth + (o % width);
    for (let k = 0; k < depth; k++) out[panel + width * k] = weights[o * depth + k]!;
  }
  return out;
}
