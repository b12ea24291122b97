import type { Attribute, Dataset, File, Group } from 'h5wasm/node';
import { elements, type Shape } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import { checkedShape } from '../draft.js';
import type { Weight } from './weights.js';

const damaged = (what: string, where?: string): Problem =>
  new Problem('hdf5-corrupt', what, where, 'the file is damaged or no Keras model: save it again');

/** DEFLATE cannot pack more than this into a byte: a dataset that claims more is a bomb. */
const mostExpansion = 1032;

/** The library prints what it thinks of damaged files; here problems are thrown. It keeps the console it finds when it is loaded. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { warn, error, log } = console;
  Object.assign(console, { warn: () => {}, error: () => {}, log: () => {} });
  try {
    return await work();
  } finally {
    Object.assign(console, { warn, error, log });
  }
}

async function loadLibrary() {
  return quietly(async () => {
    const library = await import('h5wasm/node');
    await library.ready;
    library.Module.activate_throwing_error_handler();
    return library;
  });
}

let library: ReturnType<typeof loadLibrary> | undefined;

/** An open HDF5 file. */
export class Hdf5 {
  private constructor(
    private readonly file: File,
    private readonly bytes: number,
  ) {}

  /**
   * Opens a file, hands it to `work` and closes it.
   * @throws Problem `hdf5-corrupt` for anything that the library cannot read
   */
  static async read<T>(bytes: Uint8Array, work: (file: Hdf5) => T): Promise<T> {
    library ??= loadLibrary();
    const { FS, File } = await library;
    const path = '/model.h5';
    FS!.writeFile(path, bytes);
    let file: File | undefined;
    try {
      file = new File(path, 'r');
      return work(new Hdf5(file, bytes.length));
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw damaged(
        `the HDF5 file cannot be read (${String((error as Error)?.message ?? error)
          .split('\n')[0]!
          .slice(0, 120)})`,
      );
    } finally {
      closeQuietly(file);
      FS!.unlink(path);
    }
  }

  private entity(path: string): unknown {
    return path ? this.file.get(path) : this.file;
  }

  has = (path: string): boolean => Boolean(this.entity(path));

  private attribute(path: string, name: string): Attribute | undefined {
    const attrs = (this.entity(path) as Group | null)?.attrs;
    return attrs && Object.hasOwn(attrs, name) ? attrs[name] : undefined;
  }

  /** Text of an attribute. */
  text(path: string, name: string): string | undefined {
    const value = this.attribute(path, name)?.value;
    return typeof value === 'string'
      ? value
      : value instanceof Uint8Array
        ? new TextDecoder().decode(value)
        : undefined;
  }

  /** A list of names; Keras splits long ones over attributes name0, name1, ... */
  names(path: string, name: string): string[] {
    const whole = this.attribute(path, name);
    if (whole) return textsOf(whole.value);
    const parts: string[] = [];
    for (let i = 0; this.attribute(path, `${name}${i}`); i++)
      parts.push(...textsOf(this.attribute(path, `${name}${i}`)!.value));
    return parts;
  }

  /** A dataset of floats. @throws Problem where it is missing, too large or of another kind */
  weight(path: string, where: string): Weight {
    const dataset = this.entity(path) as Dataset | null;
    if (!dataset || (dataset as { type?: string }).type !== 'Dataset') throw damaged(`"${path}" is no dataset`, where);
    const shape: Shape = checkedShape(dataset.shape ?? [], where);
    const count = elements(shape);
    const size = (dataset.metadata as { size: number }).size;
    if (count * size > mostExpansion * this.bytes)
      throw damaged(`"${path}" claims ${count} values, more than the file can hold`, where);
    return { shape, data: realValues(dataset.value, count, path, where) };
  }
}

function closeQuietly(file: File | undefined): void {
  try {
    file?.close();
  } catch {
    // a damaged file may not close either; nothing is lost, as it was only read
  }
}

const textsOf = (value: unknown): string[] => {
  const list = typeof value === 'string' ? [value] : Array.isArray(value) ? value : [];
  return list.filter((v): v is string => typeof v === 'string').map((v) => v.replace(/\0+$/, ''));
};

function realValues(value: unknown, count: number, path: string, where: string): Float32Array {
  const isNumbers =
    ArrayBuffer.isView(value) &&
    !(value instanceof DataView) &&
    !(value instanceof BigInt64Array) &&
    !(value instanceof BigUint64Array);
  const list = typeof value === 'number' ? [value] : isNumbers ? (value as unknown as ArrayLike<number>) : undefined;
  if (list?.length !== count) throw damaged(`"${path}" holds no numbers that fit its shape`, where);
  return Float32Array.from(list);
}
