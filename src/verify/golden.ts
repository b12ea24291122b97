import { elements, type Graph, newData, type Tensor, type TensorData, type TensorId } from '../ir/graph.js';
import { stream } from '../ops/execute.js';
import { integer, random } from '../support/rng.js';

/** Golden vectors: what goes in, what the reference says comes out, and a digest of every traced layer. */
export interface Golden {
  readonly inputs: readonly (readonly TensorData[])[];
  readonly outputs: readonly (readonly TensorData[])[];
  /** [vector][layer] */
  readonly digests: readonly (readonly Digest[])[];
}

/** Integers are compared by hash, floats by mean and root mean square. */
export type Digest = number | readonly [mean: number, rms: number];

/** FNV-1a of the bytes for integer tensors; mean and rms for float ones. */
export function digest(data: TensorData): Digest {
  if (data instanceof Float32Array) {
    const n = data.length;
    return [data.reduce((s, v) => s + v, 0) / n, Math.sqrt(data.reduce((s, v) => s + v * v, 0) / n)];
  }
  let h = 0x811c9dc5;
  for (const b of new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) h = Math.imul(h ^ b, 0x01000193) >>> 0;
  return h;
}

/** Are two digests of the same tensor? Floats may differ by rounding. */
export function sameDigest(a: Digest, b: Digest): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  const scale = 1e-4 * Math.max(a[1], b[1], 1e-6);
  return Math.abs(a[0] - b[0]) <= scale && Math.abs(a[1] - b[1]) <= scale;
}

/**
 * A random input: a smooth wave over the tensor plus noise, so that layers see more than white noise gives them. Every
 * second vector is uniform noise over the whole range, which finds saturation.
 */
function randomInput(t: Tensor, vector: number, next: () => number): TensorData {
  const data = newData(t.type, elements(t.shape));
  const [low, high] =
    t.type === 'f32' ? [-1, 1] : t.type === 'u8' ? [0, 255] : t.type === 's16' ? [-32768, 32767] : [-128, 127];
  const middle = (low + high) / 2;
  const period = 5 + 40 * next();
  const phase = 6.3 * next();
  for (let i = 0; i < data.length; i++) {
    const wave = middle + ((high - low) / 3) * Math.sin(i / period + phase) + ((high - low) / 12) * (next() - 0.5);
    data[i] =
      t.type === 'f32'
        ? vector % 2
          ? low + (high - low) * next()
          : wave
        : vector % 2
          ? integer(next, low, high)
          : Math.round(wave);
  }
  return data;
}

/** Seeded random inputs of a graph. */
export function randomInputs(graph: Graph, count: number, seed: number): TensorData[][] {
  const next = random(seed);
  return Array.from({ length: count }, (_, v) => graph.inputs.map((id) => randomInput(graph.tensors[id]!, v, next)));
}

/**
 * Runs the reference on the inputs, as a stream where there are states, and keeps outputs and digests.
 * @param traced tensors whose digests are kept, in the order in which the emitted code reports them
 */
export function makeGolden(
  graph: Graph,
  traced: readonly TensorId[],
  inputs: readonly (readonly TensorData[])[],
): Golden {
  const outputs: TensorData[][] = [];
  const digests: Digest[][] = [];
  const run = stream(graph);
  for (const sample of inputs) {
    const seen = new Map<TensorId, Digest>();
    outputs.push(
      run(sample, (id, data) => {
        seen.set(id, digest(data));
      }),
    );
    digests.push(traced.map((id) => seen.get(id)!));
  }
  return { inputs, outputs, digests };
}
