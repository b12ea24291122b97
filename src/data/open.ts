import { readFile, stat } from 'node:fs/promises';
import { gunzip, mostUnpackedBytes } from '../support/npy.js';
import { Problem } from '../support/problem.js';
import { fromBin, fromNpy, fromNpz } from './arrays.js';
import { fromCsv } from './csv.js';
import { fromFolder } from './folder.js';
import { fromIdx, isIdx } from './idx.js';
import { toLabels } from './labels.js';
import { allOf, type SampleOptions, type Samples } from './samples.js';

type Read = (bytes: Uint8Array, path: string, options: SampleOptions) => Samples;

/** By name, without .gz; what no name tells the content does. */
const byName: readonly (readonly [RegExp, Read])[] = [
  [/\.npy$/i, fromNpy],
  [/\.npz$/i, fromNpz],
  [/\.bin$/i, fromBin],
  [/\.(csv|tsv)$/i, fromCsv],
  [/\.idx$/i, fromIdx],
];

async function load(path: string): Promise<Uint8Array> {
  const { size } = await stat(path).catch(() => {
    throw new Problem('file-missing', 'there is no such file or folder', path);
  });
  if (size > mostUnpackedBytes) throw new Problem('too-large', `${size} bytes; at most ${mostUnpackedBytes}`, path);
  return readFile(path);
}

/**
 * Opens samples: .npy, .npz, .csv, IDX (all also gzipped), raw .bin, or a folder of images (flat, or class/name.png).
 * The first axis of an array counts the samples. Images are decoded when they are asked for.
 * @throws Problem naming the file: missing, damaged, empty, of several sizes, larger than 1 GiB
 */
export async function readSamples(path: string, options: SampleOptions = {}): Promise<Samples> {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return fromFolder(path, options);
  const name = path.replace(/\.gz$/i, '');
  const packed = await load(path);
  const named = byName.find(([pattern]) => pattern.test(name))?.[1];
  const bytes = name === path ? packed : gunzip(packed, path);
  const read = named ?? (isIdx(bytes) ? fromIdx : undefined);
  if (read) return read(bytes, path, options);
  throw new Problem(
    'data-format',
    'this kind of data file is not known',
    path,
    'use .npy, .npz, .csv, .bin, IDX or a folder of images',
  );
}

/**
 * Class numbers of samples, from 0, one per sample: an array of shape [count] or [count, 1], IDX, or a .csv with a
 * single column or the one that `labelColumn` names.
 * @throws Problem as readSamples does, `data-labels` for values that are no class numbers
 */
export async function readLabels(path: string, options: SampleOptions = {}): Promise<Int32Array> {
  const samples = await readSamples(
    path,
    /\.[ct]sv(\.gz)?$/i.test(path) ? { labelColumn: 'last', ...options } : options,
  );
  if (samples.labels) return samples.labels;
  return toLabels({ shape: [samples.count, ...samples.shape], data: allOf(samples) }, path);
}
