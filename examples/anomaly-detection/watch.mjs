// Anomaly detection on a simulated Cortex-M0+: `node examples/anomaly-detection/watch.mjs WINDOWS.npy`.
// Prunes and compiles the autoencoder for 64 KB of flash, builds a firmware of it, and lets it hear the windows.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, Problem, readSamples, runFirmware, writeFolder } from 'espalier';

const here = fileURLToPath(new URL('.', import.meta.url));
const size = 640;

/** Windows of 5 frames x 128 log-mel bands, int8 as the network takes them. */
async function windows(path) {
  const { at, count, shape } = await readSamples(path);
  if (shape.length !== 1 || shape[0] !== size)
    throw new Problem('windows', `a window has the shape [${shape}]`, path, `give arrays of [n][${size}]`);
  return { from: path, count, sample: (i) => [Int8Array.from(at(i))] };
}

/** The network as C, pruned for the flash; null = as it is. */
export async function build(out, flash) {
  const prune = flash && { samples: await windows(join(here, 'calibration.npy.gz')) };
  const { files, report } = await compile(join(here, 'ad.tflite'), {
    target: 'cortex-m0',
    name: 'ad',
    optimize: 'size',
    fit: { flash },
    ...(prune && { prune }),
  });
  writeFolder(out, files);
  return report;
}

/** What the firmware tells of each window: the mean squared error in dB^2, as text. */
export function watch(out, heard) {
  const told = runFirmware(out, [join(here, 'firmware', 'main.c')], Buffer.from(heard.buffer));
  return told.toString().trimEnd().split('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const path = process.argv[2];
    if (!path)
      throw new Problem('usage', 'give windows', undefined, 'node examples/anomaly-detection/watch.mjs WINDOWS.npy');
    const { count, sample } = await windows(path);
    const out = 'out/anomaly-detection';
    const { totals } = await build(out, 64 * 1024);
    console.log(`${totals.flash.weights} bytes of weights, ${totals.ram.arena} bytes of arena`);
    for (let i = 0; i < count; i++) console.log(`window ${i}: ${watch(out, sample(i)[0])[0]} dB^2`);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(error.line);
    process.exitCode = error.exitCode;
  }
}
