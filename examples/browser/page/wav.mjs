// Sound from files and from the microphone, brought to one second at 16 kHz.
export const rate = 16000;

const text = (view, at) => String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));

/** How samples of a format are read, -1 to 1; undefined for formats that we do not know. */
function reader(view, { kind, bits }) {
  if (kind === 1 && bits === 16) return (at) => view.getInt16(at, true) / 32768;
  if (kind === 1 && bits === 8) return (at) => view.getUint8(at) / 128 - 1;
  if (kind === 1 && bits === 24) return (at) => (view.getInt16(at + 1, true) * 256 + view.getUint8(at)) / 8388608;
  if (kind === 3 && bits === 32) return (at) => view.getFloat32(at, true);
  return undefined;
}

function formatAt(view, at) {
  return {
    kind: view.getUint16(at, true),
    channels: view.getUint16(at + 2, true),
    rate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
}

/** The mean of the channels. */
function decode(view, start, bytes, format) {
  const read = reader(view, format);
  if (!read || !format.channels || !format.rate) throw new Error('This WAV has an encoding that is not known here.');
  const width = format.bits / 8;
  return Float32Array.from({ length: Math.floor(bytes / width / format.channels) }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < format.channels; c++) sum += read(start + (i * format.channels + c) * width);
    return sum / format.channels;
  });
}

/**
 * A WAV file: PCM of 8, 16 or 24 bits or float, any rate and number of channels.
 * @param buffer ArrayBuffer of the file
 * @returns samples -1 to 1, one channel, and their rate
 * @throws Error in words for the user
 */
export function readWav(buffer) {
  const view = new DataView(buffer);
  if (view.byteLength < 12 || text(view, 0) !== 'RIFF' || text(view, 8) !== 'WAVE')
    throw new Error('This is no WAV file.');
  let format;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const bytes = Math.min(view.getUint32(at + 4, true), view.byteLength - at - 8);
    if (text(view, at) === 'fmt ' && bytes >= 16) format = formatAt(view, at + 8);
    if (text(view, at) === 'data' && format) return { samples: decode(view, at + 8, bytes, format), rate: format.rate };
    at += 8 + bytes + (bytes & 1);
  }
  throw new Error('This WAV holds no sound.');
}

/** Samples at 16 kHz: a windowed sinc, whose cut-off is the lower of both rates. */
export function resample(samples, from) {
  if (from === rate) return samples;
  const step = from / rate;
  const cut = Math.min(1, 1 / step);
  const reach = 16 / cut;
  return Float32Array.from({ length: Math.floor(samples.length / step) }, (_, i) => {
    const centre = i * step;
    let sum = 0;
    for (let k = Math.max(0, Math.ceil(centre - reach)); k <= centre + reach && k < samples.length; k++) {
      const x = Math.PI * (k - centre) * cut;
      const shape = 0.5 + 0.5 * Math.cos((Math.PI * (k - centre)) / reach);
      sum += samples[k] * shape * (x === 0 ? 1 : Math.sin(x) / x);
    }
    return sum * cut;
  });
}

/** The loudest second, in steps of 10 ms; what is shorter is filled with silence. */
export function loudestSecond(samples) {
  const second = new Float32Array(rate);
  let [best, most, energy] = [0, -1, 0];
  for (let i = 0; i < samples.length; i++) {
    energy += samples[i] ** 2 - (i >= rate ? samples[i - rate] ** 2 : 0);
    const start = i + 1 - rate;
    if (start >= 0 && start % 160 === 0 && energy > most) [best, most] = [start, energy];
  }
  second.set(samples.subarray(best, best + rate));
  return second;
}
