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

/** Greatest difference that counts as equal: none for integers, 1e-5 of the range for floats. */
function equal(expected: TensorData, got: TensorData): boolean {
  if (!(expected instanceof Float32Array)) return Buffer.compare(bytesOf(expected), bytesOf(got)) === 0;
  const low = expected.reduce((a, b) => Math.min(a, b), Infinity);
  const high = expected.reduce((a, b) => Math.max(a, b), -Infinity);
  const tolerance = 1e-5 * Math.max(high - low, Math.abs(high), Math.abs(low), 1e-6);
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
function firstLayer(
  artifact: Artifact,
  digests: readonly Digest[],
  types: readonly string[],
  trace: Uint8Array,
): string {
  let at = 0;
  for (const [i, layer] of artifact.traced.entries()) {
    const bytes = trace.slice(at, at + layer.bytes);
    const data = types[i] === 'f32' ? new Float32Array(bytes.buffer) : bytes;
    if (!sameDigest(digest(data), digests[i]!)) return layer.name;
    at += layer.bytes;
  }
  return 'the output itself';
}

/**
 * Replays the golden vectors of an output folder through an engine.
 * @returns how many vectors differ, and the first layer that does
 */
export function replay(dir: string, engine: string, run: TraceRunner): Verification {
  const { artifact, golden, inputs, outputs, types } = load(dir);
  const layerBytes = artifact.traced.reduce((n, l) => n + l.bytes, 0);
  const [inSize, outSize] = [portBytes(artifact.inputs), portBytes(artifact.outputs)];
  const trace = run(inputs);
  const size = layerBytes + outSize;
  if (trace.length !== size * golden.vectors)
    throw new Problem(
      'trace-short',
      `engine ${engine} gave ${trace.length} bytes instead of ${size * golden.vectors}`,
      dir,
    );
  if (inputs.length !== inSize * golden.vectors || outputs.length !== outSize * golden.vectors)
    throw new Problem(
      'golden-missing',
      'the golden vectors do not fit the model',
      join(dir, 'golden'),
      'compile the model again',
    );
  const wrong = [...Array(golden.vectors).keys()].filter((v) => {
    const got = splitPorts(artifact.outputs, trace.subarray(v * size + layerBytes, (v + 1) * size));
    const expected = splitPorts(artifact.outputs, outputs.subarray(v * outSize, (v + 1) * outSize));
    return !expected.every((e, i) => equal(e, got[i]!));
  });
  const first = wrong[0];
  if (first === undefined) return { engine, vectors: golden.vectors, mismatches: 0 };
  const layer = firstLayer(artifact, golden.digests[first]!, types, trace.subarray(first * size, (first + 1) * size));
  return { engine, vectors: golden.vectors, mismatches: wrong.length, firstDifference: { vector: first, layer } };
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
