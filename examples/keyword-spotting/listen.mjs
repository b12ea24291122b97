// From WAV to word on a simulated Cortex-M4: `node examples/keyword-spotting/listen.mjs [FILE.wav ...]`.
// Compiles the model, builds a firmware of it with the feature front end, and plays the files to it.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, Problem, runFirmware, writeFolder } from 'espalier';

const here = fileURLToPath(new URL('.', import.meta.url));
const samples = 16000;

/** The samples of a WAV file: 16 kHz, one channel, 16 bits; cut or filled with silence to one second. */
export function readWav(path) {
  const file = readFileSync(path);
  const say = (what) => new Problem('wav', what, path, 'give a WAV of 16 kHz, mono, 16 bits');
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE')
    throw say('is no WAV file');
  for (let at = 12; at + 8 <= file.length; ) {
    const [id, size] = [file.toString('latin1', at, at + 4), file.readUInt32LE(at + 4)];
    if (
      id === 'fmt ' &&
      (file.readUInt16LE(at + 8) !== 1 ||
        file.readUInt16LE(at + 10) !== 1 ||
        file.readUInt32LE(at + 12) !== samples ||
        file.readUInt16LE(at + 22) !== 16)
    )
      throw say('has another encoding');
    if (id === 'data') {
      const second = Buffer.alloc(2 * samples);
      file.copy(second, 0, at + 8, Math.min(at + 8 + size, file.length));
      return second;
    }
    at += 8 + size + (size & 1);
  }
  throw say('holds no samples');
}

/** Prepares the firmware's sources in a folder: the front end with its tables, and main. */
export function firmwareSources(folder) {
  mkdirSync(folder, { recursive: true });
  cpSync(join(here, 'firmware'), folder, { recursive: true });
  writeFileSync(join(folder, 'mfcc_tables.h'), execFileSync(process.execPath, [join(folder, 'make-tables.mjs')]));
  return ['main.c', 'mfcc.c'].map((file) => join(folder, file));
}

/** The word that the firmware hears in each second of audio. */
export async function listen(audio, out = 'out/keyword-spotting-firmware') {
  const { files } = await compile(join(here, 'kws.tflite'), { target: 'cortex-m4', name: 'kws' });
  writeFolder(join(out, 'model'), files);
  const heard = runFirmware(join(out, 'model'), firmwareSources(join(out, 'source')), Buffer.concat(audio));
  return heard.toString().trimEnd().split('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  const own = join(here, 'audio');
  const paths = given.length
    ? given
    : readdirSync(own)
        .sort()
        .map((f) => join(own, f));
  try {
    const words = await listen(paths.map(readWav));
    paths.forEach((path, i) => {
      console.log(`${basename(path).padEnd(20)} ${words[i]}`);
    });
  } catch (error) {
    console.error(error instanceof Problem ? `listen: ${error.line}` : error);
    process.exitCode = 2;
  }
}
