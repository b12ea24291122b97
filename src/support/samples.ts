import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isImage, readImage } from './images.js';
import { gunzip, mostUnpackedBytes, type NpyArray, readNpy, readNpz } from './npy.js';
import { type NumberArray, type NumberType, numberBytes, readNumbers } from './numbers.js';
import { Problem } from './problem.js';

/** A set of samples, one after another in `data`. */
export interface Samples {
  /** where they come from, for messages */
  readonly from: string;
  readonly count: number;
  /** of one sample */
  readonly shape: readonly number[];
  /** as stored in the file */
  readonly type: NumberType;
  readonly data: NumberArray;
  /** class of each sample, where the source tells */
  readonly labels?: Int32Array;
  /** names of the classes, where the source tells */
  readonly classes?: readonly string[];
  /** file of each sample, where it has its own */
  readonly names?: readonly string[];
}

export interface SampleOptions {
  /** which array of a .npz */
  readonly key?: string;
  /** shape of one sample of a .bin */
  readonly shape?: readonly number[];
  /** type of the numbers of a .bin */
  readonly type?: NumberType;
}

async function load(path: string): Promise<Uint8Array> {
  const { size } = await stat(path).catch(() => {
    throw new Problem('file-missing', 'there is no such file or folder', path);
  });
  if (size > mostUnpackedBytes) throw new Problem('too-large', `${size} bytes; at most ${mostUnpackedBytes}`, path);
  return readFile(path);
}

function fromArray({ shape, type, data }: NpyArray, from: string): Samples {
  const [count, ...rest] = shape;
  if (!count || !data.length) throw new Problem('data-empty', `an array of shape [${shape}] holds no samples`, from);
  return { from, count, shape: rest, type, data };
}

function pick(arrays: ReadonlyMap<string, NpyArray>, names: readonly string[]): NpyArray | undefined {
  return names.map((name) => arrays.get(name)).find((array) => array);
}

/** The array asked for, the only one, or the one called x (y then holds the labels). */
function fromNpz(arrays: ReadonlyMap<string, NpyArray>, key: string | undefined, from: string): Samples {
  const only = arrays.size === 1 ? [...arrays.values()][0] : pick(arrays, ['x', 'X']);
  const array = key === undefined ? only : arrays.get(key);
  if (!array) {
    const missing = key === undefined ? 'it holds several arrays' : `it holds no array "${key}"`;
    throw new Problem('npz-key', missing, from, `name one of: ${[...arrays.keys()].join(', ')}`);
  }
  const samples = fromArray(array, from);
  const y = key === undefined ? pick(arrays, ['y', 'Y', 'labels']) : undefined;
  return y && y !== array ? { ...samples, labels: toLabels(y, from) } : samples;
}

function fromBin(bytes: Uint8Array, { shape, type }: SampleOptions, from: string): Samples {
  if (!shape || !type)
    throw new Problem('bin-shape', 'a raw file needs the shape and type of a sample', from, 'or save it as .npy');
  const size = shape.reduce((n, d) => n * d, numberBytes(type));
  const count = bytes.length / size;
  if (!Number.isInteger(count) || !count)
    throw new Problem('data-shape', `${bytes.length} bytes are no whole number of [${shape}] ${type} samples`, from);
  return { from, count, shape, type, data: readNumbers(type, new Uint8Array(bytes)) };
}

/** Images of a folder, sorted; `class` is that of their sub-folder, none for a flat folder. */
async function imageFiles(folder: string): Promise<{ path: string; class?: string }[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const flat = entries.filter((e) => e.isFile() && isImage(e.name)).map((e) => ({ path: join(folder, e.name) }));
  if (flat.length) return flat;
  const classes = entries.filter((e) => e.isDirectory());
  const files = classes.map(async ({ name }) =>
    (await imageFiles(join(folder, name))).map(({ path }) => ({ path, class: name })),
  );
  return (await Promise.all(files)).flat();
}

async function fromFolder(folder: string): Promise<Samples> {
  const files = await imageFiles(folder);
  if (!files.length) throw new Problem('data-empty', 'the folder holds no .png, .jpg or .jpeg', folder);
  const first = await readImage(await load(files[0]!.path), files[0]!.path);
  const shape = [first.height, first.width, first.channels];
  if (files.length * first.data.length > mostUnpackedBytes)
    throw new Problem('too-large', `${files.length} images of [${shape}] take too much memory`, folder);
  const data = new Uint8Array(files.length * first.data.length);
  for (const [i, { path }] of files.entries()) {
    const image = await readImage(await load(path), path);
    if (`${[image.height, image.width, image.channels]}` !== `${shape}`) {
      const message = `[${[image.height, image.width, image.channels]}] but the first image is [${shape}]`;
      throw new Problem('data-shape', message, path, 'bring all images to one size and colour');
    }
    data.set(image.data, i * first.data.length);
  }
  const names = files.map(({ path }) => relative(folder, path));
  return { from: folder, count: files.length, shape, type: 'u8', data, names, ...classesOf(files) };
}

function classesOf(files: readonly { class?: string }[]): Pick<Samples, 'labels' | 'classes'> {
  const classes = [...new Set(files.map((f) => f.class))].filter((name) => name !== undefined);
  return classes.length ? { classes, labels: Int32Array.from(files, (f) => classes.indexOf(f.class!)) } : {};
}

async function readArrays(path: string): Promise<Map<string, NpyArray>> {
  const bytes = await load(path);
  if (/\.npz$/i.test(path)) return readNpz(bytes, path);
  return new Map([['', readNpy(/\.gz$/i.test(path) ? gunzip(bytes, path) : bytes, path)]]);
}

/**
 * Reads samples: .npy, .npy.gz, .npz, raw .bin, or a folder of images (flat, or class/name.png). The first axis of an
 * array counts the samples.
 * @throws Problem naming the file: missing, damaged, empty, of several sizes, larger than 1 GiB
 */
export async function readSamples(path: string, options: SampleOptions = {}): Promise<Samples> {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return fromFolder(path);
  if (/\.bin$/i.test(path)) return fromBin(await load(path), options, path);
  if (/\.(npy|npy\.gz|npz)$/i.test(path)) return fromNpz(await readArrays(path), options.key, path);
  await load(path);
  throw new Problem(
    'data-format',
    'this kind of data file is not known',
    path,
    'use .npy, .npy.gz, .npz, .bin or a folder',
  );
}

function toLabels({ shape, data }: NpyArray, from: string): Int32Array {
  if (data.length !== shape[0]) throw new Problem('data-shape', `labels [${shape}] are not one per sample`, from);
  const wrong = data.findIndex((v) => !Number.isInteger(v) || v < 0 || v > 0xffff);
  if (wrong >= 0) throw new Problem('data-labels', `label ${data[wrong]} of sample ${wrong} is no class number`, from);
  return Int32Array.from(data);
}

/**
 * Class numbers of samples, from 0, one per sample: an array file of shape [count] or [count, 1].
 * @throws Problem as readSamples does, `data-labels` for values that are no class numbers
 */
export async function readLabels(path: string, key?: string): Promise<Int32Array> {
  const { count, shape, type, data } = await readSamples(path, key === undefined ? {} : { key });
  return toLabels({ shape: [count, ...shape], type, data }, path);
}
