import type { AudioFeatures } from '../../ir/graph.js';
import { clamp } from '../../support/fixed.js';

/** cos(2 pi k / points) in Q15, rounded, k < points. A sine is the cosine a quarter before. */
export const cosines = (points: number): Int16Array =>
  Int16Array.from({ length: points }, (_, k) => Math.floor(0.5 + 32767 * Math.cos((2 * Math.PI * k) / points)));

/** A product of Q15 numbers, or a sum of two, in Q15. Fits 32 bits, and wraps in 16 where it is stored. */
const rounded = (product: number): number => (product + 2 ** 14) >> 15;

/** Radix of the outermost step of a transform over `points`: 4 as long as it goes. */
const radix = (points: number): number => (points % 4 === 0 ? 4 : 2);

/** Where value `index` of `points` lies before the innermost step: its digits in the radices, turned round. */
function place(index: number, points: number): number {
  let [at, rest, size] = [0, index, points];
  while (size > 1) {
    const p = radix(size);
    size /= p;
    at += (rest % p) * size;
    rest = Math.floor(rest / p);
  }
  return at;
}

/** exp(-2 pi i k / points) from the cosines of a circle of twice as many points. */
const twiddle = (cos: Int16Array, step: number): readonly [number, number] => [
  cos[step]!,
  cos[(step + cos.length / 4) % cos.length]!,
];

/** Complex numbers as pairs of 16 bits, in place: `radix` of them, `m` apart from `at`, become their transform. */
function butterfly(z: Int16Array, at: number, m: number, k: number, p: number, stride: number, cos: Int16Array): void {
  const share = p === 4 ? 8191 : 16383;
  // As 16 bits, for the sums wrap.
  const v = new Int16Array(2 * p);
  for (let q = 0; q < p; q++) {
    const [re, im] = [0, 1].map((part) => rounded(z[2 * (at + q * m) + part]! * share)) as [number, number];
    const [c, s] = twiddle(cos, 2 * k * q * stride);
    v[2 * q] = q ? rounded(re * c - im * s) : re;
    v[2 * q + 1] = q ? rounded(re * s + im * c) : im;
  }
  const put = (q: number, re: number, im: number): void => {
    z[2 * (at + q * m)] = re;
    z[2 * (at + q * m) + 1] = im;
  };
  if (p === 2) {
    put(1, v[0]! - v[2]!, v[1]! - v[3]!);
    put(0, v[0]! + v[2]!, v[1]! + v[3]!);
    return;
  }
  const [sumRe, sumIm, difRe, difIm] = [v[0]! + v[4]!, v[1]! + v[5]!, v[0]! - v[4]!, v[1]! - v[5]!];
  const [sideRe, sideIm, turnRe, turnIm] = [v[2]! + v[6]!, v[3]! + v[7]!, v[2]! - v[6]!, v[3]! - v[7]!];
  put(0, sumRe + sideRe, sumIm + sideIm);
  put(1, difRe + turnIm, difIm - turnRe);
  put(2, sumRe - sideRe, sumIm - sideIm);
  put(3, difRe - turnIm, difIm + turnRe);
}

/** The transform of complex numbers in digit-reversed order, in place; every step divides by its radix. */
function transform(z: Int16Array, cos: Int16Array): void {
  const points = z.length / 2;
  let m = 1;
  while (m < points) {
    const p = m === 1 && Math.log2(points) % 2 ? 2 : 4;
    for (let at = 0; at < points; at += p * m)
      for (let k = 0; k < m; k++) butterfly(z, at + k, m, k, p, points / (p * m), cos);
    m *= p;
  }
}

/** The spectrum of `2 * points` real numbers from that of the `points` pairs: [points + 1][2]. */
function realSpectrum(z: Int16Array, cos: Int16Array): Int16Array {
  const points = z.length / 2;
  const half = (v: number): number => rounded(v * 16383);
  const out = new Int16Array(2 * points + 2);
  out[0] = half(z[0]!) + half(z[1]!);
  out[2 * points] = half(z[0]!) - half(z[1]!);
  for (let k = 1; k <= points / 2; k++) {
    const far = points - k;
    const [re, im, farRe] = [half(z[2 * k]!), half(z[2 * k + 1]!), half(z[2 * far]!)];
    const farIm = half((-z[2 * far + 1]! << 16) >> 16);
    const [sumRe, sumIm] = [re + farRe, im + farIm];
    const [difRe, difIm] = [re - farRe, im - farIm];
    // exp(-i pi (k / points + 1 / 2))
    const [c, s] = twiddle(cos, k);
    const turnRe = rounded(difRe * s + difIm * c);
    const turnIm = rounded(-difRe * c + difIm * s);
    out.set([(sumRe + turnRe) >> 1, (sumIm + turnIm) >> 1], 2 * k);
    out.set([(sumRe - turnRe) >> 1, (turnIm - sumIm) >> 1], 2 * far);
  }
  return out;
}

/**
 * How far the samples may be shifted to the left. The greatest magnitude is kept in 16 bits, as in TFLite Micro: after
 * -32768 it is negative until a greater sample comes.
 */
function room(samples: Int16Array): number {
  const most = new Int16Array(1);
  for (const v of samples) {
    if (v > most[0]!) most[0] = v;
    else if (-v > most[0]!) most[0] = -v;
  }
  return most[0]! > 0 ? Math.clz32(most[0]!) - 17 : 0;
}

/**
 * Energies of a windowed frame, uint32 [fftLength / 2 + 1], and by how many bits the samples were shifted to the left.
 * Source: kissfft's real transform in 16 bits, which TFLite Micro uses; spectra are those of the samples / fftLength.
 */
export function energies(x: ArrayLike<number>, window: ArrayLike<number>, attr: AudioFeatures) {
  const samples = Int16Array.from(window, (w, i) => clamp((x[i]! * w) >> attr.windowShift, -32768, 32767));
  const shift = room(samples);
  const points = attr.fftLength / 2;
  const z = new Int16Array(2 * points);
  samples.forEach((v, i) => {
    z[2 * place(i >> 1, points) + (i & 1)] = v << shift;
  });
  const cos = cosines(attr.fftLength);
  transform(z, cos);
  const spectrum = realSpectrum(z, cos);
  const energy = new Uint32Array(points + 1);
  for (let bin = attr.bins[0]; bin < attr.bins[1]; bin++)
    energy[bin] = spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2;
  return { energy, shift };
}
