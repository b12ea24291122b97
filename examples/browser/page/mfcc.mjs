// The features that the keyword model hears, as TensorFlow's Speech Commands front end makes them: 49 frames of 30 ms every
// 20 ms, a Hann window, 40 mel bands from 20 to 4,000 Hz, 10 coefficients each.
export const samples = 16000;
export const frames = 49;
export const coefficients = 10;

const [size, half, window, stride, bands] = [512, 256, 480, 320, 40];
const [low, high] = [20, 4000];
const table = (length, f) => Float64Array.from({ length }, (_, i) => f(i));
const mel = (hertz) => 1127 * Math.log1p(hertz / 700);

const hann = table(window, (i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / window));
const cos = table(half, (i) => Math.cos((2 * Math.PI * i) / size));
const sin = table(half, (i) => Math.sin((2 * Math.PI * i) / size));
const dct = table(coefficients * bands, (i) => {
  const [c, b] = [Math.floor(i / bands), i % bands];
  return Math.sqrt(2 / bands) * Math.cos((Math.PI / bands) * (b + 0.5) * c);
});
/** Where a bin of the spectrum lies between the equally spaced edges of the mel bands. */
const place = table(half, (bin) => ((mel((bin * samples) / size) - mel(low)) * (bands + 1)) / (mel(high) - mel(low)));
const reversed = Uint8Array.from({ length: half }, (_, i) => {
  let r = 0;
  for (let bit = 1; bit < half; bit <<= 1, i >>= 1) r = (r << 1) | (i & 1);
  return r;
});

/** The windowed frame as 256 complex numbers, even samples real, odd ones imaginary, in bit-reversed order. */
function loadFrame(audio, start, gain, re, im) {
  for (let i = 0; i < half; i++) {
    const inside = 2 * i < window;
    re[reversed[i]] = inside ? audio[start + 2 * i] * gain * hann[2 * i] : 0;
    im[reversed[i]] = inside ? audio[start + 2 * i + 1] * gain * hann[2 * i + 1] : 0;
  }
}

/** Complex FFT of 256 points, in place, radix 2. */
function transform(re, im) {
  for (let span = 1; span < half; span <<= 1)
    for (let k = 0; k < span; k++) {
      const [c, d] = [cos[(k * half) / span], sin[(k * half) / span]];
      for (let a = k; a < half; a += 2 * span) {
        const b = a + span;
        const [x, y] = [re[b] * c + im[b] * d, im[b] * c - re[b] * d];
        re[b] = re[a] - x;
        im[b] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
    }
}

/** |X[k]| of the 512 real samples, 0 < k < 256, from the transform of their even and odd halves. */
function magnitude(re, im, k) {
  const m = half - k;
  const [evenRe, evenIm] = [(re[k] + re[m]) / 2, (im[k] - im[m]) / 2];
  const [oddRe, oddIm] = [(im[k] + im[m]) / 2, (re[m] - re[k]) / 2];
  return Math.hypot(evenRe + oddRe * cos[k] + oddIm * sin[k], evenIm + oddIm * cos[k] - oddRe * sin[k]);
}

/** Logarithm of the energy in each mel band. */
function logMel(re, im) {
  const energy = new Float64Array(bands);
  for (let k = 1; k < half; k++) {
    if (place[k] <= 0 || place[k] >= bands + 1) continue;
    const band = Math.floor(place[k]);
    const share = place[k] - band;
    const x = magnitude(re, im, k);
    if (band < bands) energy[band] += x * share;
    if (band > 0) energy[band - 1] += x * (1 - share);
  }
  return energy.map((e) => Math.log(e + 1e-6));
}

/**
 * Real features of one second of audio.
 * @param audio 16,000 samples at 16 kHz, any scale: the greatest becomes 1, as in training
 * @returns [49][10]
 */
export function mfcc(audio) {
  const gain = 1 / audio.reduce((most, v) => Math.max(most, v), 0) || 0;
  const result = new Float32Array(frames * coefficients);
  const [re, im] = [new Float64Array(half), new Float64Array(half)];
  for (let frame = 0; frame < frames; frame++) {
    loadFrame(audio, frame * stride, Number.isFinite(gain) ? gain : 0, re, im);
    transform(re, im);
    const energy = logMel(re, im);
    for (let c = 0; c < coefficients; c++)
      result[frame * coefficients + c] = energy.reduce((sum, e, b) => sum + e * dct[c * bands + b], 0);
  }
  return result;
}

/** Features as the model stores them, in float arithmetic, truncated toward zero, as its calibration samples were. */
export const quantised = (features, { scale, zeroPoint }) =>
  Int8Array.from(features, (v) => Math.max(-128, Math.min(127, Math.trunc(Math.fround(v / scale + zeroPoint)))));
