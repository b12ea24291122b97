import type { Graph } from '../ir/graph.js';
import { checkGraph } from '../ops/check.js';
import { Problem } from '../support/problem.js';
import { type Beside, nothingBeside } from './beside.js';

interface Importer {
  readonly format: string;
  readonly extensions: readonly string[];
  /** what the content says; the extension decides only where no content does */
  matches(bytes: Uint8Array): boolean;
  load(): Promise<(bytes: Uint8Array, name: string, beside: Beside, options: ImportOptions) => Graph | Promise<Graph>>;
}

/** What formats may leave open. */
export interface ImportOptions {
  /** sizes of all axes of an input by its name, or one of a symbolic dimension by its name */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}

/** JSON with the key under which TensorFlow.js keeps a model. */
function isTfjs(bytes: Uint8Array): boolean {
  if (bytes.find((b) => b > 32) !== 0x7b) return false;
  return new TextDecoder().decode(bytes).includes('"modelTopology"');
}

const textAt = (bytes: Uint8Array, from: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(from, from + length));

/** Files of protobuf have no mark: the first field is the version as a small number, the next one a text or message. */
const isOnnx = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x08 && bytes[1]! >= 1 && bytes[1]! < 32 && [0x12, 0x1a, 0x22, 0x32, 0x3a, 0x42].includes(bytes[2]!);

/** A new format is a folder and a row. */
const importers: readonly Importer[] = [
  {
    format: 'tflite',
    extensions: ['.tflite'],
    matches: (bytes) => textAt(bytes, 4, 4) === 'TFL3',
    load: async () => (await import('./tflite/index.js')).importTflite,
  },
  {
    format: 'onnx',
    extensions: ['.onnx'],
    matches: isOnnx,
    load: async () => (await import('./onnx/index.js')).importOnnx,
  },
  {
    format: 'keras-h5',
    extensions: ['.h5', '.hdf5'],
    matches: (bytes) => textAt(bytes, 1, 3) === 'HDF' && bytes[0] === 0x89,
    load: async () => (await import('./keras/index.js')).importKerasH5,
  },
  {
    format: 'keras',
    extensions: ['.keras'],
    matches: (bytes) => textAt(bytes, 0, 4) === 'PK\x03\x04',
    load: async () => (await import('./keras/index.js')).importKeras,
  },
  {
    format: 'tfjs',
    extensions: ['.json'],
    matches: isTfjs,
    load: async () => (await import('./tfjs/index.js')).importTfjs,
  },
];

const extensionOf = (fileName: string): string => /\.[^./\\]+$/.exec(fileName)?.[0].toLowerCase() ?? '';
const baseName = (fileName: string): string => fileName.replace(/^.*[/\\]/, '').replace(/(?<=.)\.[^.]+$/, '');

function find(bytes: Uint8Array, fileName: string): Importer | undefined {
  const extension = extensionOf(fileName);
  return importers.find((i) => i.matches(bytes)) ?? importers.find((i) => i.extensions.includes(extension));
}

/** The format of a model file, by its content, else its extension: `tflite`, ...; undefined when it is none we know. */
export const formatOf = (bytes: Uint8Array, fileName: string): string | undefined => find(bytes, fileName)?.format;

function seen(bytes: Uint8Array): string {
  if (!bytes.length) return 'the file is empty';
  const hex = Array.from(bytes.subarray(0, 8), (b) => b.toString(16).padStart(2, '0')).join(' ');
  return `it is no model file that Espalier knows (it begins with ${hex})`;
}

/**
 * Reads a model file of any supported format into a checked graph.
 * @param bytes the whole file
 * @param fileName names the graph, and the file in messages
 * @param beside reads files that the model names: `besideFile(path)` for those in its folder
 * @throws Problem, its place starting with `fileName`: `format-unknown`, or what the importer finds wrong
 */
export async function importModel(
  bytes: Uint8Array,
  fileName: string,
  beside: Beside = nothingBeside,
  options: ImportOptions = {},
): Promise<Graph> {
  const importer = find(bytes, fileName);
  if (!importer) {
    const known = importers.map((i) => `${i.format} (${i.extensions.join(', ')})`).join(', ');
    throw new Problem('format-unknown', seen(bytes), fileName, `supported: ${known}`);
  }
  try {
    const read = await importer.load();
    const graph = await read(bytes, baseName(fileName), beside, options);
    checkGraph(graph);
    return graph;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.code, error.message, error.where ? `${fileName}, ${error.where}` : fileName, error.hint);
  }
}
