// Writes mfcc_tables.h: `node make-tables.mjs > mfcc_tables.h`.
// The numbers of the TensorFlow Speech Commands front end: periodic Hann window of 480 samples, FFT of 512, 40 mel bands
// (HTK scale) from 20 to 4,000 Hz of 16 kHz audio, the first 10 coefficients of the DCT-II with factor sqrt(2 / 40).
const [size, window, bands, coefficients, rate, low, high] = [512, 480, 40, 10, 16000, 20, 4000];

const mel = (hertz) => 1127 * Math.log1p(hertz / 700);
const step = (mel(high) - mel(low)) / (bands + 1);

/** Band edges are equally spaced in mel: a bin lies between two centres and gives each its share. */
function melShare(bin) {
  const at = (mel((bin * rate) / size) - mel(low)) / step;
  const band = Math.floor(at);
  return at > 0 && at < bands + 1 ? { band, weight: at - band } : { band: -1, weight: 0 };
}

const bins = Array.from({ length: size / 2 + 1 }, (_, bin) => melShare(bin));
const first = bins.findIndex((b) => b.band >= 0);
const last = bins.findLastIndex((b) => b.band >= 0);
const used = bins.slice(first, last + 1);

const range = (n, f) => Array.from({ length: n }, (_, i) => f(i));
const float = (v) => `${Number(v.toPrecision(9))}${Number.isInteger(Number(v.toPrecision(9))) ? '.0' : ''}f`;
function table(type, name, values) {
  const lines = [];
  for (let i = 0; i < values.length; i += 8) lines.push(`    ${values.slice(i, i + 8).join(', ')}`);
  return `static const ${type} ${name}[${values.length}] = {\n${lines.join(',\n')}\n};\n`;
}

console.log(`/* Written by make-tables.mjs. */
#define MFCC_FIRST_BIN ${first}
#define MFCC_BINS ${used.length}

/* 0.5 - 0.5 cos(2 pi i / ${window}) */
${table(
  'float',
  'mfcc_window',
  range(window, (i) => float(0.5 - 0.5 * Math.cos((2 * Math.PI * i) / window))),
)}
/* cos and sin of 2 pi i / ${size} */
${table(
  'float',
  'mfcc_cos',
  range(size / 2, (i) => float(Math.cos((2 * Math.PI * i) / size))),
)}
${table(
  'float',
  'mfcc_sin',
  range(size / 2, (i) => float(Math.sin((2 * Math.PI * i) / size))),
)}
/* spectrum bin MFCC_FIRST_BIN + i: its share of band mfcc_band[i]; the rest goes to the band below */
${table(
  'float',
  'mfcc_share',
  used.map((b) => float(b.weight)),
)}
${table(
  'uint8_t',
  'mfcc_band',
  used.map((b) => b.band),
)}
/* [coefficient][band] */
${table(
  'float',
  'mfcc_dct',
  range(coefficients * bands, (i) =>
    float(Math.sqrt(2 / bands) * Math.cos((Math.PI / bands) * ((i % bands) + 0.5) * Math.floor(i / bands))),
  ),
)}`);
