/** A module that holds the kernels of many cases, each of which is called with buffers anywhere in its memory. */
import { classMembers, importLines, kernelSources } from '../../src/emit/wasm/classes.js';
import { Image } from '../../src/emit/wasm/image.js';
import { assemble, type Variant } from '../../src/emit/wasm/module.js';
import type { TensorData } from '../../src/ir/graph.js';
import type { Job } from '../kernels/site.js';

const mostInputs = 8;

/** Bytes around buffers that nobody may touch. */
const guard = 64;
const fence = 0x5c;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  call(job: number, ...args: number[]): void;
}

declare const WebAssembly: {
  Module: new (binary: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

const align = (n: number): number => Math.ceil(n / 16) * 16;

/** Bytes of memory in which a case is run. */
const roomOf = (job: Job): number =>
  4 * guard +
  job.inputs.reduce((n, x) => n + align(x.byteLength) + guard, 0) +
  align(job.expected.byteLength) +
  Math.max(0, ...job.inputs.map((x) => x.byteLength)) +
  distanceMost(job) +
  scratchOf(job);

const scratchOf = ({ kernel, site }: Job): number => align(kernel.scratch?.(site) ?? 0);
const distanceOf = ({ kernel, site }: Job, index: number): number | null => kernel.overlap?.(site, index) ?? null;
const distanceMost = (job: Job): number => Math.max(0, ...job.inputs.map((_, i) => distanceOf(job, i) ?? 0)) + 64;

function entryText(jobs: readonly Job[], layers: readonly number[], sources: ReadonlyMap<string, string>): string {
  const names = jobs.flatMap(({ kernel, site }) => [kernel.symbol, kernel.layer(site).struct]);
  const lines = importLines(sources, names);
  const args = Array.from({ length: mostInputs }, (_, i) => `x${i}`);
  const cases = jobs.map(({ kernel, site, inputs }, i) => {
    const list = [...args.slice(0, inputs.length), 'y', ...(kernel.scratch?.(site) ? ['s'] : [])];
    return `    case ${i}: ${kernel.symbol}(changetype<${kernel.layer(site).struct}>(${layers[i]}), ${list.join(', ')}); break;`;
  });
  const parameters = ['job: i32', ...[...args, 'y', 's'].map((a) => `${a}: usize`)].join(', ');
  return `${lines.join('\n')}\nexport function call(${parameters}): void {\n  switch (job) {\n${cases.join('\n')}\n  }\n}\n`;
}

const bytes = (data: TensorData): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Is the result what it should be? */
function isRight(job: Job, got: Uint8Array): boolean {
  const { expected, tolerance } = job;
  if (!(expected instanceof Float32Array)) return Buffer.compare(bytes(expected), got) === 0;
  const values = new Float32Array(got.slice().buffer);
  return expected.every((v, i) => Object.is(v, values[i]) || Math.abs(v - values[i]!) <= tolerance);
}

/** All cases in one module. */
export class Program {
  private constructor(
    private readonly jobs: readonly Job[],
    private readonly exports: Exports,
    private readonly base: number,
  ) {}

  static async make(jobs: readonly Job[], variant: Variant): Promise<Program> {
    const sources = kernelSources(jobs.map((job) => job.kernel.file));
    const image = new Image();
    const layers = jobs.map(({ kernel, site }) => {
      const layer = kernel.layer(site);
      return image.layer(layer, classMembers(sources, layer.struct));
    });
    const base = align(image.end);
    const end = base + Math.max(...jobs.map(roomOf));
    const binary = await assemble(sources, entryText(jobs, layers, sources), [image.segment], end, variant);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary));
    return new Program(jobs, exports as Exports, base);
  }

  /**
   * Runs a case with input `over` (-1: none) `distance` bytes after the beginning of the output.
   * @returns what is wrong, or nothing
   */
  private run(index: number, over: number, distance: number): string | undefined {
    const job = this.jobs[index]!;
    const memory = new Uint8Array(this.exports.memory.buffer);
    memory.fill(fence, this.base, this.base + roomOf(job));
    let at = this.base + guard;
    const take = (size: number): number => {
      const here = at;
      at = align(here + size) + guard;
      return here;
    };
    const places = job.inputs.map((x) => take(x.byteLength));
    const scratchSize = job.kernel.scratch?.(job.site) ?? 0;
    const scratch = take(scratchSize);
    const y = at;
    const size = job.expected.byteLength;
    if (over >= 0) places[over] = y + distance;
    job.inputs.forEach((x, i) => {
      memory.set(bytes(x), places[i]!);
    });
    const none = Array.from({ length: mostInputs - places.length }, () => 0);
    this.exports.call(index, ...places, ...none, y, scratch);
    if (!isRight(job, memory.slice(y, y + size))) return 'wrong result';
    const end = over >= 0 ? Math.max(size, distance + job.inputs[over]!.byteLength) : size;
    const isWhole = (from: number, to: number) => memory.subarray(from, to).every((b) => b === fence);
    if (!isWhole(scratch + scratchSize, y) || !isWhole(y + end, y + end + guard)) return 'writes beyond its buffers';
    const isKept = job.inputs.every(
      (x, i) => i === over || Buffer.compare(bytes(x), memory.subarray(places[i]!, places[i]! + x.byteLength)) === 0,
    );
    return isKept ? undefined : 'input changed';
  }

  /** What is wrong with a case: plain, and over each input where that is allowed. */
  check(index: number): string[] {
    const job = this.jobs[index]!;
    const tries: [string, number, number][] = [['plain', -1, 0]];
    job.inputs.forEach((_, i) => {
      const d = distanceOf(job, i);
      if (d !== null)
        for (const more of [0, 4, 16, 48]) tries.push([`input ${i} ${d + more} bytes ahead`, i, d + more]);
    });
    return tries.flatMap(([name, over, distance]) => {
      const problem = this.run(index, over, distance);
      return problem ? [`${job.kernel.symbol}, ${job.name}, ${name}: ${problem}`] : [];
    });
  }
}
