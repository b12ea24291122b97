// Models and data of the accuracy bench: what each is calibrated on, and what it is judged by.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { importModel, simplify } from '../../dist/index.js';
import { readNpy } from '../../dist/support/npy.js';
import { random } from '../../dist/support/rng.js';

const shared = fileURLToPath(new URL('../../../shared/', import.meta.url));
export const hasShared = existsSync(shared);

const array = (path) => readNpy(new Uint8Array(gunzipSync(readFileSync(`${shared}data/${path}.npy.gz`))), path).data;

export const load = async (name) =>
  simplify(await importModel(new Uint8Array(readFileSync(`${shared}models/tflite/${name}.tflite`)), `${name}.tflite`));

/** Real values in rows of `size`, given to a graph in the encoding of its input. */
export function source(from, data, size, graph) {
  const { type, quant } = graph.tensors[graph.inputs[0]];
  const most = type === 's16' ? 32767 : 127;
  const store = (v) => Math.max(-most - 1, Math.min(most, Math.round(v / quant.scale[0]) + quant.zero[0]));
  const sample = (i) => {
    const row = data.subarray(i * size, (i + 1) * size);
    if (type === 'f32') return [Float32Array.from(row)];
    return [(type === 's16' ? Int16Array : Int8Array).from(row, store)];
  };
  return { from, count: data.length / size, sample };
}

/** Bilinear enlargement of square RGB pictures. */
function enlarge(data, from, to) {
  const count = data.length / (from * from * 3);
  const out = new Float32Array(count * to * to * 3);
  for (let i = 0; i < count; i++)
    for (let y = 0; y < to; y++)
      for (let x = 0; x < to; x++) {
        const [fy, fx] = [y, x].map((v) => Math.min(Math.max(((v + 0.5) * from) / to - 0.5, 0), from - 1.001));
        const [y0, x0] = [Math.floor(fy), Math.floor(fx)];
        for (let c = 0; c < 3; c++) {
          const at = (yy, xx) => data[((i * from + yy) * from + xx) * 3 + c];
          const top = at(y0, x0) * (1 - fx + x0) + at(y0, x0 + 1) * (fx - x0);
          const bottom = at(y0 + 1, x0) * (1 - fx + x0) + at(y0 + 1, x0 + 1) * (fx - x0);
          out[((i * to + y) * to + x) * 3 + c] = top * (1 - fy + y0) + bottom * (fy - y0);
        }
      }
  return out;
}

/** Square RGB pictures of `from` pixels, as many side by side as fill `to` pixels. */
function tiled(data, from, to) {
  const across = to / from;
  const count = Math.floor(data.length / (from * from * 3 * across * across));
  const out = new Float32Array(count * to * to * 3);
  for (let i = 0; i < count; i++)
    for (let y = 0; y < to; y++)
      for (let x = 0; x < to; x++) {
        const [row, column] = [Math.floor(y / from), Math.floor(x / from)];
        const picture = (i * across + row) * across + column;
        const at = ((picture * from + (y % from)) * from + (x % from)) * 3;
        for (let c = 0; c < 3; c++) out[((i * to + y) * to + x) * 3 + c] = data[at + c];
      }
  return out;
}

/**
 * Smooth inputs like the log-mel spectra of machines: an envelope over 128 bands that drifts over 5 frames, a few tones,
 * some noise; in the range that the model's input holds.
 */
function spectra(count, seed, low, high) {
  const next = random(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const out = new Float32Array(count * 640);
  for (let s = 0; s < count; s++) {
    const waves = Array.from({ length: 6 }, (_, k) => ({
      a: (5 * normal()) / (k + 1),
      f: k + 1,
      p: 6.283 * next(),
      d: 0.2 * normal(),
    }));
    const tones = Array.from({ length: 4 }, () => ({ at: 128 * next(), high: 8 * next(), wide: 1 + 3 * next() }));
    const [level, tilt] = [0.55 + 0.06 * normal(), -0.15 - 0.1 * next()];
    for (let t = 0; t < 5; t++)
      for (let m = 0; m < 128; m++) {
        let v = low + (high - low) * (level + tilt * (m / 128)) + 0.8 * normal();
        for (const w of waves) v += w.a * Math.cos((Math.PI * w.f * m) / 128 + w.p + w.d * t);
        for (const tone of tones) v += tone.high * Math.exp(-(((m - tone.at) / tone.wide) ** 2));
        out[s * 640 + t * 128 + m] = Math.min(high, Math.max(low, v));
      }
  }
  return out;
}

/** int8 input of the keyword spotter to real values, and audio features to those of its input. */
const kwsReal = (q) => (q - 83) * 0.5847029089927673;
const kwsInput = (mfcc) => kwsReal(Math.max(-128, Math.min(127, Math.trunc(mfcc / 0.58470291 + 83))));

const real = (data) => Float32Array.from(data);

/** Model files, calibration and test data (real values) by short name. */
export const models = {
  ic: {
    files: { int8: 'mlperf_ic_int8', float: 'mlperf_ic_float' },
    size: 3072,
    calibration: () => ({ from: 'cifar10 train', data: real(array('cifar10/train_x')) }),
    trainLabels: () => array('cifar10/train_y'),
    test: () => ({ data: real(array('cifar10/test_x')), labels: array('cifar10/test_y') }),
  },
  kws: {
    files: { int8: 'mlperf_kws_int8', float: 'mlperf_kws_float' },
    size: 490,
    calibration: () => ({ from: 'kws train', data: real(array('kws/train_mfcc_f32')).map(kwsInput) }),
    trainLabels: () => array('kws/train_y'),
    validation: () => ({ data: real(array('kws/val_mfcc_f32')).map(kwsInput), labels: array('kws/val_y') }),
    /** speakers of the training samples are left out */
    isJudged: () => array('kws/kws01_speaker_unseen'),
    test: () => ({ data: real(array('kws/kws01_x_int8')).map(kwsReal), labels: array('kws/kws01_y') }),
  },
  ad: {
    files: { int8: 'mlperf_ad_int8' },
    size: 640,
    calibration: () => ({ from: 'synthetic spectra', data: spectra(1024, 1, -84, 14) }),
    test: () => ({ data: spectra(512, 2, -84, 14) }),
  },
  vww: {
    files: { int8: 'mlperf_vww_int8', float: 'mlperf_vww_float' },
    size: 27648,
    calibration: () => {
      const pictures = array('cifar10/train_x').subarray(0, 512 * 3072);
      return { from: 'cifar10 train, enlarged', data: enlarge(pictures, 32, 96).map((v) => v / 255) };
    },
    /** Blurred and sharp: one picture enlarged, four enlarged less, nine as they are, as photographs have all of it. */
    mixture: () => {
      const all = array('cifar10/train_x');
      const some = (from, count) => all.subarray(from * 3072, (from + count) * 3072);
      const parts = [
        enlarge(some(0, 128), 32, 96),
        tiled(enlarge(some(128, 512), 32, 48), 48, 96),
        tiled(some(640, 1152), 32, 96),
      ];
      const data = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
      // By turns, so that halves of the samples have all kinds.
      const size = 27648;
      for (let i = 0; i < 384; i++) {
        const p = parts[i % 3];
        const at = Math.floor(i / 3) * size;
        data.set(p.subarray(at, at + size), i * size);
      }
      return { from: 'cifar10 train, of three sizes', data: data.map((v) => v / 255) };
    },
    test: () => ({ data: real(array('vww/coco100_x')).map((v) => v / 255), labels: array('vww/coco100_y') }),
  },
};
