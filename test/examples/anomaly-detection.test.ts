import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { build, watch } from '../../examples/anomaly-detection/watch.mjs';
import { readNpy } from '../../src/support/npy.js';
import { verifyQemu } from '../../src/verify/qemu.js';
import { versionOf } from '../../src/verify/toolchain.js';
import { workFolder } from '../support/folder.js';

const folder = workFolder();
afterAll(folder.dispose);

const example = 'examples/anomaly-detection';
const { data } = readNpy(new Uint8Array(gunzipSync(readFileSync(`${example}/calibration.npy.gz`))), 'calibration');
const usual = Int8Array.from(data.subarray(0, 20 * 640));
/** Spectra that no machine has: the bands in disorder. */
const unusual = usual.map((_, i) => usual[i - (i % 128) + ((i * 37) % 128)]!);

describe.skipIf(!versionOf('arm-none-eabi-gcc') || !versionOf('qemu-system-arm'))('anomalies on a Cortex-M0+', () => {
  test('64 KB of flash are enough, and what is unusual stays unusual', async () => {
    const [out, whole] = [folder.path('pruned'), folder.path('whole')];
    const report = await build(out, 64 * 1024);
    const { flash } = report.totals;
    expect(flash.weights + flash.codeEstimated!).toBeLessThanOrEqual(64 * 1024);
    expect((await build(whole, null)).totals.flash.weights).toBeGreaterThan(150_000);
    expect(verifyQemu(out).mismatches).toBe(0);
    const [quiet, loud] = [usual, unusual].map((heard) => watch(out, heard).map(Number));
    const before = watch(whole, usual).map(Number);
    expect(quiet).toHaveLength(20);
    const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    expect(mean(loud!)).toBeGreaterThan(1.3 * mean(quiet!));
    expect(mean(quiet!) / mean(before)).toBeGreaterThan(0.7);
    expect(mean(quiet!) / mean(before)).toBeLessThan(1.3);
  });
});
