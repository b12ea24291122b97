import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Image, imageDecoder, isImage } from '../support/images.js';
import { Problem } from '../support/problem.js';
import { recoloured, resized } from './resize.js';
import { checkIndex, type SampleOptions, type Samples } from './samples.js';

/** Decoded pictures are kept up to this many bytes, so that small sets are decoded once and large ones do not fill the memory. */
const mostKept = 2 ** 26;

interface File {
  readonly path: string;
  readonly class?: string;
}

/** Images of a folder, sorted; `class` is that of their sub-folder, none for a flat folder. */
async function imageFiles(folder: string): Promise<File[]> {
  const all = await readdir(folder, { withFileTypes: true });
  const entries = all.filter((e) => !e.name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
  const flat = entries.filter((e) => e.isFile() && isImage(e.name)).map((e) => ({ path: join(folder, e.name) }));
  if (flat.length) return flat;
  const classes = entries.filter((e) => e.isDirectory());
  const files = classes.map(async ({ name }) =>
    (await imageFiles(join(folder, name))).map(({ path }) => ({ path, class: name })),
  );
  const found = await Promise.all(files);
  const empty = found.findIndex((list) => !list.length);
  if (empty >= 0 && found.some((list) => list.length))
    throw new Problem(
      'class-empty',
      'the folder of this class holds no .png, .jpg or .jpeg',
      join(folder, classes[empty]!.name),
      'add pictures or remove the folder',
    );
  return found.flat();
}

function classesOf(files: readonly File[]): Pick<Samples, 'labels' | 'classes'> {
  const classes = [...new Set(files.map((f) => f.class))].filter((name) => name !== undefined);
  const numbers = new Map(classes.map((name, i) => [name, i]));
  return classes.length ? { classes, labels: Int32Array.from(files, (f) => numbers.get(f.class!)!) } : {};
}

type Frame = readonly [height: number, width: number, channels: 1 | 3];

/** What a model input of this shape takes; a flat one the size of the first image, grey if that is enough. */
function frameFor(shape: readonly number[] | undefined, { height, width, channels }: Image): Frame {
  const [h, w, c] = shape ?? [];
  if (shape?.length === 3 && (c === 1 || c === 3)) return [h!, w!, c];
  if (shape?.length === 2) return [h!, w!, 1];
  const size = shape?.reduce((n, d) => n * d, 1);
  const fitting = ([1, 3] as const).find((n) => n * height * width === size);
  return [height, width, fitting ?? channels];
}

const frameOf = (i: Image): Frame => [i.height, i.width, i.channels];

/** An image as the model takes it; without a shape asked for it must be as the first one is. */
function fitted(image: Image, frame: Frame, isFixed: boolean, path: string): Uint8Array {
  if (isFixed) return recoloured(resized(image, frame[0], frame[1]), frame[2]).data;
  if (`${frameOf(image)}` === `${frame}`) return image.data;
  const message = `[${frameOf(image)}] but the first image is [${frame}]`;
  throw new Problem('data-shape', message, path, 'bring all images to one size and colour');
}

/** Values by number, kept as long as they are few. */
function kept(make: (index: number) => Uint8Array): (index: number) => Uint8Array {
  const seen = new Map<number, Uint8Array>();
  let bytes = 0;
  return (index) => {
    const known = seen.get(index);
    if (known) return known;
    const value = make(index);
    bytes += value.length;
    if (bytes <= mostKept) seen.set(index, value);
    return value;
  };
}

/** @throws Problem `file-missing`, `image-unreadable` */
function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Problem('image-unreadable', `cannot be read: ${(error as Error).message}`, path);
  }
}

/**
 * Images of a folder: flat, or in a sub-folder per class (numbered in sorted order). Each is decoded when it is asked
 * for, and brought to the size and colours of `options.picture`, else `options.shape` [height, width, 1 or 3].
 * @throws Problem `data-empty`, `class-empty`; with the first image or with any that is asked for `image-corrupt`,
 *   `data-shape` naming the file
 */
export async function fromFolder(folder: string, options: SampleOptions): Promise<Samples> {
  const shape = options.picture ?? options.shape;
  const files = await imageFiles(folder);
  if (!files.length) throw new Problem('data-empty', 'the folder holds no .png, .jpg or .jpeg', folder);
  const decode = await imageDecoder(files.map((f) => f.path));
  const read = (path: string): Image => decode(bytesOf(path), path);
  const frame = frameFor(shape, read(files[0]!.path));
  const isFixed = shape !== undefined;
  const at = kept((i) => fitted(read(files[i]!.path), frame, isFixed, files[i]!.path));
  return {
    ...{ from: folder, count: files.length, shape: [...frame], type: 'u8', isPicture: true },
    at(index) {
      checkIndex(index, files.length, folder);
      return at(index);
    },
    place: (index) => files[index]?.path ?? folder,
    names: files.map(({ path }) => relative(folder, path)),
    ...classesOf(files),
  };
}
