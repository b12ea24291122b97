import { expect, test, vi } from 'vitest';
import { compile } from '../../src/compile.js';
import { importModel } from '../../src/importers/index.js';
import { hasShared, shared } from '../support/shared.js';

const loaded = vi.hoisted((): string[] => []);
vi.mock('h5wasm/node', () => {
  loaded.push('HDF5');
  return { ready: Promise.resolve() };
});
vi.mock('fflate', () => {
  loaded.push('zip');
  return {};
});

test.skipIf(!hasShared)('compiling a .tflite loads neither HDF5 nor zip', { timeout: 30_000 }, async () => {
  await compile(shared('models/tflite/sine_float.tflite'), { html: false });
  expect(loaded).toEqual([]);
  // The watch works: these do load them.
  await expect(importModel(Uint8Array.of(0x89, 0x48, 0x44, 0x46), 'a.h5')).rejects.toThrow();
  await expect(importModel(Uint8Array.of(0x50, 0x4b, 3, 4), 'a.keras')).rejects.toThrow();
  expect(loaded).toEqual(['HDF5', 'zip']);
});
