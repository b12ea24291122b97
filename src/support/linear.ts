/** The heavy loops of calibration and pruning, in WebAssembly with SIMD (templates/wasm/numeric). */
import { instantiateWasm, type WasmExports } from './wasm.js';

/** A place in the memory of the module, in bytes. */
export type Pointer = number;

/** How a convolution walks over an image; sizes in pixels. */
export interface Walk {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

type Call = (...args: number[]) => number;

/** Next multiple. */
export const roundUp = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple;

/** Values that fit a cache. */
const part = 8192;
const page = 65536;
const mostPages = 65536;

const walkArgs = (w: Walk): number[] => [
  ...[w.height, w.width, w.channels, ...w.kernel, ...w.stride, ...w.dilation, w.top, w.left],
];

/**
 * Vectors and matrices in one growing memory. Blocks are taken in order and given back together: `scoped` frees all that
 * its body took. Views die when the memory grows, so take all blocks first, then look.
 */
export class Linear {
  private top: number;
  private readonly call: (name: string, ...args: number[]) => number;

  private constructor(private readonly wasm: WasmExports) {
    this.call = (name, ...args) => (wasm[name] as Call)(...args);
    this.top = roundUp(this.call('base') || 1024, 16);
  }

  static async load(): Promise<Linear> {
    return new Linear(await instantiateWasm('numeric'));
  }

  private readonly spare = new Map<number, Float32Array[]>();
  private readonly lent = new WeakSet<Float32Array>();

  /** An array of numbers left over from another use, all of which are to be written. */
  array(length: number): Float32Array {
    const data = this.spare.get(length)?.pop() ?? new Float32Array(length);
    this.lent.add(data);
    return data;
  }

  /** A copy. */
  copy(data: Float32Array): Float32Array {
    const out = this.array(data.length);
    out.set(data);
    return out;
  }

  /** Gives back an array that nobody reads any more; one that is not from here is left to the garbage collector. */
  release(data: Float32Array): void {
    if (!this.lent.delete(data)) return;
    const list = this.spare.get(data.length);
    if (list) list.push(data);
    else this.spare.set(data.length, [data]);
  }

  /** Runs `body`, then frees what it took. */
  scoped<T>(body: () => T): T {
    const before = this.top;
    try {
      return body();
    } finally {
      this.top = before;
    }
  }

  private take(bytes: number): Pointer {
    const at = this.top;
    this.top = roundUp(at + bytes, 16);
    const missing = Math.ceil((this.top - this.wasm.memory.buffer.byteLength) / page);
    if (missing > 0) {
      if (this.top > page * mostPages) throw new RangeError(`a layer needs ${this.top} bytes of work memory`);
      this.wasm.memory.grow(missing);
    }
    return at;
  }

  takeF32 = (length: number): Pointer => this.take(4 * length);
  takeF64 = (length: number): Pointer => this.take(8 * length);
  takeI32 = (length: number): Pointer => this.take(4 * length);
  f32 = (at: Pointer, length: number): Float32Array => new Float32Array(this.wasm.memory.buffer, at, length);
  f64 = (at: Pointer, length: number): Float64Array => new Float64Array(this.wasm.memory.buffer, at, length);
  i32 = (at: Pointer, length: number): Int32Array => new Int32Array(this.wasm.memory.buffer, at, length);

  /** Has `work` done on an array in place, some thousands of values at a time. */
  private eachPart(data: Float32Array, work: (at: Pointer, count: number) => void): void {
    this.scoped(() => {
      const at = this.takeF32(part);
      for (let from = 0; from < data.length; from += part) {
        const some = data.subarray(from, from + part);
        this.f32(at, part).set(some);
        work(at, roundUp(some.length, 4));
        some.set(this.f32(at, some.length));
      }
    });
  }

  /** Clamps in place. */
  bound(data: Float32Array, low: number, high: number): void {
    this.eachPart(data, (at, count) => this.call('bound', at, count, low, high));
  }

  /** Clamps `count` floats, a multiple of 4, in place. */
  boundAt(at: Pointer, count: number, low: number, high: number): void {
    if (low !== -Infinity || high !== Infinity) this.call('bound', at, count, low, high);
  }

  /** Sets to 0 every value of g whose fellow in y is not between low and high. */
  gate(g: Float32Array, y: Float32Array, low: number, high: number): void {
    this.scoped(() => {
      const other = this.takeF32(part);
      let from = 0;
      this.eachPart(g, (at, count) => {
        this.f32(other, part).set(y.subarray(from, from + part));
        this.call('gate', at, other, count, low, high);
        from += part;
      });
    });
  }

  /** Rounds in place to whole multiples of `scale` from low to high; halves go up. */
  round(data: Float32Array, scale: number, low: number, high: number): void {
    this.eachPart(data, (at, count) => this.call('round', at, count, scale, low, high));
  }

  /**
   * y [rows, cols] = bias + x w in f32; rows a multiple of 4, cols of 8.
   * @param x rows `stride` floats apart
   * @param w as `panels` lays it out
   */
  gemm(x: Pointer, stride: number, w: Pointer, bias: Pointer, y: Pointer, rows: number, depth: number, cols: number) {
    this.call('gemm', x, stride, w, bias, y, rows, depth, cols);
  }

  /** c [m, n] f64 += a' b for a [rows, m], b [rows, n] f32; m a multiple of 4, n of 8. */
  gram(a: Pointer, m: number, b: Pointer, n: number, rows: number, c: Pointer, upper = false): void {
    this.call('gram', a, m, b, n, rows, c, upper ? 1 : 0);
  }

  /** The inputs of the given output pixels of a convolution, a row each, `stride` floats apart. */
  patches(x: Pointer, walk: Walk, pixels: Pointer, count: number, out: Pointer, stride: number): void {
    this.call('patches', x, ...walkArgs(walk), walk.outWidth, pixels, count, out, stride);
  }

  /** Depthwise convolution with multiplier 1, channels a multiple of 4; w [kh, kw, channels]. */
  depthwise(x: Pointer, walk: Walk, w: Pointer, bias: Pointer, y: Pointer): void {
    this.call('depthwise', x, ...walkArgs(walk), walk.outHeight, walk.outWidth, w, bias, y);
  }

  /** The transpose of `patches`: adds rows to the pixels of dx that they were read from. */
  scatter(dx: Pointer, walk: Walk, pixels: Pointer, count: number, rows: Pointer, stride: number): void {
    this.call('scatter', dx, ...walkArgs(walk), walk.outWidth, pixels, count, rows, stride);
  }

  /** sums [width] f64 += the columns of g [rows, width]; width a multiple of 4. */
  columnSums(g: Pointer, rows: number, width: number, sums: Pointer): void {
    this.call('columnSums', g, rows, width, sums);
  }

  /** Adds the gradients of `depthwise` for g [outHeight, outWidth, channels] to dx and dw. */
  depthwiseGradient(x: Pointer, walk: Walk, w: Pointer, g: Pointer, dx: Pointer, dw: Pointer): void {
    this.call('depthwiseGradient', x, ...walkArgs(walk), walk.outHeight, walk.outWidth, w, g, dx, dw);
  }

  /** Lower triangle of a [n, n] becomes its Cholesky factor; false where a is not positive definite. */
  cholesky = (a: Pointer, n: number): boolean => this.call('cholesky', a, n) === 0;

  /** Solves L L' x = b in place. */
  substitute(l: Pointer, n: number, x: Pointer): void {
    this.call('substitute', l, n, x);
  }

  /** Lower triangle of the inverse of L L'; l is destroyed. */
  invert(l: Pointer, n: number, out: Pointer): void {
    this.call('invert', l, n, out);
  }

  /** out [n, n] (lower triangle) = a[idx, idx] of a symmetric matrix with rows of `stride`. */
  gather(a: Pointer, stride: number, idx: Pointer, n: number, out: Pointer): void {
    this.call('gather', a, stride, idx, n, out);
  }

  /** Optimal brain surgeon over blocks of columns; see templates/wasm/numeric/obs.ts. */
  eliminate(
    h: Pointer,
    n: number,
    w: Pointer,
    rows: number,
    rule: { width: number; group: number; most: number },
    steps: number,
    order: Pointer,
    loss: Pointer,
    work: Pointer,
  ): number {
    return this.call('eliminate', h, n, w, rows, rule.width, rule.group, rule.most, steps, order, loss, work);
  }
}

/**
 * Weights [cols, depth] as the panels that `gemm` reads: 8 columns side by side for every depth, zeros beyond `cols`.
 * @param out roundUp(cols, 8) * depth floats
 */
export function panels(w: ArrayLike<number>, cols: number, depth: number, out: Float32Array): void {
  out.fill(0);
  for (let o = 0; o < cols; o++) {
    const to = (o >> 3) * depth * 8 + (o & 7);
    for (let k = 0; k < depth; k++) out[to + 8 * k] = w[o * depth + k]!;
  }
}
