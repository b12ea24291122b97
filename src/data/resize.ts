import type { Image } from '../support/images.js';

/** What a pixel of the new row is made of: first old pixel and the weight of each from there. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * Bilinear: a triangle as wide as a pixel of the coarser of the two grids, so that nothing between the samples of a
 * smaller picture is lost.
 */
function tapsOf(from: number, to: number): Taps[] {
  const step = from / to;
  const reach = Math.max(1, step);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * step - 0.5;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(from - 1, Math.floor(centre + reach));
    const weights = Float64Array.from({ length: last - first + 1 }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k - centre) / reach),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((w) => w / sum) };
  });
}

/** Lines of `width` numbers become lines of `taps.length`, `channels` apart; the result is transposed: [x, line, c]. */
function along(data: ArrayLike<number>, lines: number, width: number, channels: number, taps: readonly Taps[]) {
  const out = new Float64Array(taps.length * lines * channels);
  taps.forEach(({ first, weights }, x) => {
    for (let line = 0; line < lines; line++)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k]! * data[(line * width + first + k) * channels + c]!;
        out[(x * lines + line) * channels + c] = sum;
      }
  });
  return out;
}

/** An image of another size, proportions not kept; one of the right size is returned as it is. */
export function resized(image: Image, height: number, width: number): Image {
  if (image.height === height && image.width === width) return image;
  const { channels } = image;
  const narrow = along(image.data, image.height, image.width, channels, tapsOf(image.width, width));
  const small = along(narrow, width, image.height, channels, tapsOf(image.height, height));
  return { height, width, channels, data: Uint8Array.from(small, (v) => Math.round(v)) };
}

/** Luma of red, green and blue. Source: ITU-R BT.601. */
const luma = [0.299, 0.587, 0.114] as const;

/** Grey of RGB, or three times the grey; an image of the right kind is returned as it is. */
export function recoloured(image: Image, channels: 1 | 3): Image {
  if (image.channels === channels) return image;
  const { height, width, data } = image;
  const grey = (i: number): number =>
    Math.round(luma[0] * data[3 * i]! + luma[1] * data[3 * i + 1]! + luma[2] * data[3 * i + 2]!);
  const values = Uint8Array.from({ length: height * width * channels }, (_, i) =>
    channels === 1 ? grey(i) : data[Math.floor(i / 3)]!,
  );
  return { height, width, channels, data: values };
}
