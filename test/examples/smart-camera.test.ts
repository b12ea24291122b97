import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, test } from 'vitest';
import { toSquare, watch } from '../../examples/smart-camera/watch.mjs';
import { readNpy } from '../../src/support/npy.js';
import { versionOf } from '../../src/verify/toolchain.js';
import { workFolder } from '../support/folder.js';
import { hasShared, shared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const data = (name: string) =>
  readNpy(new Uint8Array(gunzipSync(readFileSync(shared(`data/vww/${name}.npy.gz`)))), name).data;
const size = 96 * 96 * 3;

test('pictures of any size become a square of 96x96', () => {
  const wide = { width: 200, height: 100, channels: 1 as const, data: new Uint8Array(20000).fill(7) };
  expect(toSquare(wide)).toEqual(new Uint8Array(size).fill(7));
  const same = {
    width: 96,
    height: 96,
    channels: 3 as const,
    data: Uint8Array.from({ length: size }, (_, i) => i % 251),
  };
  expect(toSquare(same)).toEqual(same.data);
});

describe.skipIf(!hasShared || !versionOf('arm-none-eabi-gcc') || !versionOf('qemu-system-arm'))(
  'the firmware on a simulated Cortex-M7',
  () => {
    test('finds people in real pictures as well as the model does: 88 of 100', async () => {
      const pictures = data('coco100_x') as Uint8Array;
      const labels = data('coco100_y');
      const told = await watch([pictures], folder.path('camera'));
      expect(told).toHaveLength(100);
      expect(told.every((line: string) => /^(person|nobody) +\d+ %$/.test(line))).toBe(true);
      expect(
        told.filter((line: string, i: number) => line.startsWith('person') === (Number(labels[i]) === 1)),
      ).toHaveLength(88);
    });

    test('takes picture files', () => {
      const png = new PNG({ width: 96, height: 96 });
      const picture = data('coco100_x') as Uint8Array;
      for (let i = 0; i < 96 * 96; i++)
        for (let c = 0; c < 4; c++) png.data[4 * i + c] = c === 3 ? 255 : picture[3 * i + c]!;
      writeFileSync(folder.path('one.png'), PNG.sync.write(png));
      const { stdout, status } = spawnSync(
        process.execPath,
        ['examples/smart-camera/watch.mjs', folder.path('one.png')],
        { encoding: 'utf8' },
      );
      expect(stdout).toMatch(/^one\.png +(person|nobody) +\d+ %\n$/);
      expect(status).toBe(0);
    });

    test('tells what is wrong in one line', () => {
      const { stderr, status } = spawnSync(process.execPath, ['examples/smart-camera/watch.mjs', 'none.png'], {
        encoding: 'utf8',
      });
      expect(stderr.trim()).toMatch(/^watch: none\.png: cannot be read/);
      expect(status).toBe(2);
    });
  },
);
