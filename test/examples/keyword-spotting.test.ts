import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { firmwareSources, listen, readWav } from '../../examples/keyword-spotting/listen.mjs';
import { type NpyArray, readNpy } from '../../src/support/npy.js';
import { versionOf } from '../../src/verify/toolchain.js';
import { workFolder } from '../support/folder.js';
import { hasShared, shared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const data = (name: string): NpyArray =>
  readNpy(new Uint8Array(gunzipSync(readFileSync(shared(`data/kws/${name}.npy.gz`)))), name);
const hasBoard = versionOf('arm-none-eabi-gcc') && versionOf('qemu-system-arm');

describe('the feature front end', () => {
  const main = `
#include <stdio.h>
#include "mfcc.h"
int main(void)
{
    static int16_t audio[MFCC_SAMPLES];
    static int8_t features[MFCC_FRAMES * MFCC_COEFFICIENTS];
    while (fread(audio, 1, sizeof audio, stdin) == sizeof audio) {
        mfcc_int8(audio, 0.5847029089927673f, 83, features);
        fwrite(features, 1, sizeof features, stdout);
    }
    return 0;
}
`;

  test.skipIf(!hasShared)(
    'gives the features of the training data, within 1 of 256 steps, for all 96 recordings',
    () => {
      const [, mfcc] = firmwareSources(folder.path('source'));
      writeFileSync(folder.path('main.c'), main);
      const warnings = ['-std=c99', '-pedantic', '-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror'];
      const build = spawnSync(
        'gcc',
        [
          '-O2',
          ...warnings,
          '-I',
          folder.path('source'),
          '-o',
          folder.path('mfcc'),
          folder.path('main.c'),
          mfcc!,
          '-lm',
        ],
        { encoding: 'utf8' },
      );
      expect(build.stderr).toBe('');
      const audio = data('audio96_int16');
      const input = new Uint8Array(audio.data.buffer, audio.data.byteOffset, audio.data.byteLength);
      const got = new Int8Array(spawnSync(folder.path('mfcc'), { input, maxBuffer: 1 << 26 }).stdout);
      const expected = Float32Array.from(data('audio96_mfcc_f32').data as Float32Array, (v) =>
        Math.max(-128, Math.min(127, Math.trunc(v / 0.58470291 + 83))),
      );
      expect(got.length).toBe(96 * 490);
      const far = Array.from({ length: 96 }, (_, i) => i).filter((i) =>
        expected.subarray(490 * i, 490 * (i + 1)).some((v, k) => Math.abs(v - got[490 * i + k]!) > 1),
      );
      expect(far).toEqual([]);
    },
  );
});

describe.skipIf(!hasBoard)('the firmware on a simulated Cortex-M4', () => {
  test('hears the words of the recordings beside it', async () => {
    const files = readdirSync('examples/keyword-spotting/audio').sort();
    const heard = await listen(
      files.map((f) => readWav(resolve('examples/keyword-spotting/audio', f))),
      folder.path('listen'),
    );
    expect(heard).toEqual(files.map((f) => f.replace('.wav', '')));
  });

  test.skipIf(!hasShared)('hears 90 % of 96 recordings or more', async () => {
    const audio = data('audio96_int16');
    const labels = data('audio96_y').data;
    const bytes = Buffer.from(audio.data.buffer, audio.data.byteOffset, audio.data.byteLength);
    const words = readFileSync('examples/keyword-spotting/words.txt', 'utf8').trim().toLowerCase().split(/\s+/);
    const heard = await listen([bytes], folder.path('listen-all'));
    const right = heard.filter((word: string, i: number) => word === words[Number(labels[i])]).length;
    expect(heard).toHaveLength(96);
    expect(right).toBeGreaterThanOrEqual(87);
  });

  test('a file that is no WAV is refused in one line', () => {
    const { status, stderr } = spawnSync(process.execPath, ['examples/keyword-spotting/listen.mjs', 'package.json'], {
      encoding: 'utf8',
    });
    expect(stderr.trim()).toMatch(/^listen: package\.json: is no WAV file/);
    expect(status).toBe(2);
  });
});
