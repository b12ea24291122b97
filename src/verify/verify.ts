import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TensorData } from '../ir/graph.js';
import { Problem } from '../support/problem.js';
import { type Artifact, loadArtifact, portBytes, splitPorts } from './artifact.js';
import { type Digest, digest, sameDigest } from './golden.js';
import { buildHost, type HostOptions } from './host.js';

/** What golden/golden.json holds; the vectors are in inputs.bin and outputs.bin beside it, back to back. */
export interface GoldenFile {
  readonly vectors: number;
  readonly digests: readonly (readonly Digest[])[];
}

export interface Verification {
  readonly engine: string;
  readonly vectors: number;
  readonly mismatches: number;
  /** where the first wrong vector first went wrong */
  readonly firstDifference?: { readonly vector: number; readonly layer: string };
}

/** Runs samples with trace: bytes of all layers and outputs, back to back. */
export type TraceRunner = (samples: Uint8Array) => Uint8Array;

/** Greatest difference that counts as equal: none for integers, 1e-5 of the range for floats, or 1e-7, as in the emitted test. */
function equal(expected: TensorData, got: TensorData): boolean {
  if (!(expected instanceof Float32Array)) return Buffer.compare(bytesOf(expected), bytesOf(got)) === 0;
  const low = expected.reduce((a, b) => Math.min(a, b), Infinity);
  const high = expected.reduce((a, b) => Math.max(a, b), -Infinity);
  const tolerance = Math.max(1e-7, 1e-5 * Math.max(high - low, Math.abs(high), Math.abs(low)));
  return expected.every((v, i) => Math.abs(v - got[i]!) <= tolerance);
}

const bytesOf = (data: TensorData): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

interface Loaded {
  readonly artifact: Artifact;
  readonly golden: GoldenFile;
  readonly inputs: Uint8Array;
  readonly outputs: Uint8Array;
  readonly types: readonly string[];
}

function load(dir: string): Loaded {
  const artifact = loadArtifact(dir);
  try {
    const read = (file: string) => new Uint8Array(readFileSync(join(dir, 'golden', file)));
    const golden = JSON.parse(Buffer.from(read('golden.json')).toString()) as GoldenFile & { types: string[] };
    return { artifact, golden, inputs: read('inputs.bin'), outputs: read('outputs.bin'), types: golden.types };
  } catch {
    throw new Problem(
      'golden-missing',
      'the golden vectors are missing or unreadable',
      join(dir, 'golden'),
      'compile the model again',
    );
  }
}

/** The first layer of one vector whose digest differs from the reference's. */
function firstLayer({ artifact, types }: Loaded, digests: readonly Digest[], trace: Uint8Array): string | undefined {
  let at = 0;
  return artifact.traced.find((layer, i) => {
    const bytes = trace.slice(at, at + layer.bytes);
    at += layer.bytes;
    return !sameDigest(digest(types[i] === 'f32' ? new Float32Array(bytes.buffer) : bytes), digests[i]!);
  })?.name;
}

/** Where vector `v` goes wrong: the first layer, else the output; undefined = nowhere. */
function difference(loaded: Loaded, v: number, trace: Uint8Array): string | undefined {
  const { artifact, golden, outputs } = loaded;
  const size = portBytes(artifact.outputs);
  const layer = firstLayer(loaded, golden.digests[v]!, trace);
  if (layer) return layer;
  const got = splitPorts(artifact.outputs, trace.subarray(trace.length - size));
  const expected = splitPorts(artifact.outputs, outputs.subarray(v * size, (v + 1) * size));
  return expected.every((e, i) => equal(e, got[i]!)) ? undefined : 'the output itself';
}

/**
 * Replays the golden vectors of an output folder through an engine; every layer counts, not only the outputs, which a
 * saturated softmax may hide behind.
 * @returns how many vectors differ, and the first layer that does
 * @throws Problem when the folder's vectors do not fit its model
 */
export function replay(dir: string, engine: string, run: TraceRunner): Verification {
  const loaded = load(dir);
  const { artifact, golden, inputs, outputs } = loaded;
  const [inSize, outSize] = [portBytes(artifact.inputs), portBytes(artifact.outputs)];
  if (inputs.length !== inSize * golden.vectors || outputs.length !== outSize * golden.vectors)
    throw new Problem(
      'golden-missing',
      'the golden vectors do not fit the model',
      join(dir, 'golden'),
      'compile the model again',
    );
  // A plain copy: slices of a Buffer would share its memory.
  const trace = new Uint8Array(run(inputs));
  const size = outSize + artifact.traced.reduce((n, l) => n + l.bytes, 0);
  if (trace.length !== size * golden.vectors)
    throw new Problem(
      'trace-short',
      `engine ${engine} gave ${trace.length} bytes instead of ${size * golden.vectors}`,
      dir,
    );
  const wrong = [...Array(golden.vectors).keys()].flatMap((vector) => {
    const layer = difference(loaded, vector, trace.subarray(vector * size, (vector + 1) * size));
    return layer ? [{ vector, layer }] : [];
  });
  const first = wrong[0];
  return { engine, vectors: golden.vectors, mismatches: wrong.length, ...(first && { firstDifference: first }) };
}

/** Replays the golden vectors through the emitted C, built for this computer. */
export function verifyHost(dir: string, options?: HostOptions): Verification {
  const runner = buildHost(dir, loadArtifact(dir), options);
  try {
    return replay(dir, 'host', (samples) => runner.run(samples, true));
  } finally {
    runner.dispose();
  }
}
