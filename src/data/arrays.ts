import { type NpyArray, readNpy, readNpz } from '../support/npy.js';
import { numberBytes, readNumbers } from '../support/numbers.js';
import { Problem } from '../support/problem.js';
import { toLabels } from './labels.js';
import { type SampleOptions, type Samples, samplesOf } from './samples.js';

/**
 * Samples from an array: its first axis counts them.
 * @throws Problem `data-empty`
 */
export function fromArray({ shape, type, data }: NpyArray, from: string): Samples {
  const [count, ...rest] = shape;
  if (!count || !data.length) throw new Problem('data-empty', `an array of shape [${shape}] holds no samples`, from);
  return samplesOf(data, { from, count, shape: rest, type });
}

function pick(arrays: ReadonlyMap<string, NpyArray>, names: readonly string[]): NpyArray | undefined {
  return names.map((name) => arrays.get(name)).find((array) => array);
}

/**
 * The array asked for, the only one, or the one called x (y then holds the labels).
 * @throws Problem `npz-key`
 */
export function fromNpz(bytes: Uint8Array, from: string, { key }: SampleOptions): Samples {
  const arrays = readNpz(bytes, from);
  const only = arrays.size === 1 ? [...arrays.values()][0] : pick(arrays, ['x', 'X']);
  const array = key === undefined ? only : arrays.get(key);
  if (!array) {
    const missing = key === undefined ? 'it holds several arrays' : `it holds no array "${key}"`;
    throw new Problem('npz-key', missing, from, `name one of: ${[...arrays.keys()].join(', ')}`);
  }
  const samples = fromArray(array, from);
  const y = key === undefined ? pick(arrays, ['y', 'Y', 'labels']) : undefined;
  if (!y || y === array) return samples;
  const labels = toLabels(y, from);
  if (labels.length !== samples.count)
    throw new Problem('labels-count', `${labels.length} labels for ${samples.count} samples`, from);
  return { ...samples, labels };
}

/** A .npy file. */
export const fromNpy = (bytes: Uint8Array, from: string): Samples => fromArray(readNpy(bytes, from), from);

/**
 * Raw numbers, little-endian.
 * @throws Problem `bin-shape`, `data-shape`
 */
export function fromBin(bytes: Uint8Array, from: string, { shape, type }: SampleOptions): Samples {
  if (!shape || !type)
    throw new Problem('bin-shape', 'a raw file needs the shape and type of a sample', from, 'or save it as .npy');
  const size = shape.reduce((n, d) => n * d, numberBytes(type));
  const count = bytes.length / size;
  if (!Number.isInteger(count) || !count)
    throw new Problem('data-shape', `${bytes.length} bytes are no whole number of [${shape}] ${type} samples`, from);
  return samplesOf(readNumbers(type, new Uint8Array(bytes)), { from, count, shape, type });
}
