import type { Graph, Node, OpKind, Tensor } from '../ir/graph.js';

/**
 * A word in `targets/*.json`: what kernels may rely on beyond C99. `packed`: no instruction multiplies several values at
 * once, so that it pays to pack several in a word.
 */
export type Feature = 'dsp' | 'mve' | 'fpu' | 'mul64' | 'packed' | 'simd128';

export interface Target {
  readonly name: string;
  readonly description: string;
  readonly backend: 'c' | 'wasm';
  readonly features: readonly Feature[];
  /** alignment in bytes of the arena and of every buffer in it */
  readonly align: number;
  /** bound on the stack of a run, bytes; tests hold every kernel to it at -O0 to -O3 through gcc's call graphs */
  readonly stackBytes: number;
  /** compiler, and the flags that choose this core */
  readonly cc: { readonly command: string; readonly flags: readonly string[] };
  /** what clang needs besides `cc.flags`; without it clang does not serve this target */
  readonly clang?: readonly string[];
  /** typical memories of a part with this core, bytes; null = not limited */
  readonly flash: number | null;
  readonly ram: number | null;
  /** the same with --optimize size, where one copy of a kernel serves all layers (bench/fit.mjs --size) */
  readonly sharedCosts?: Readonly<Record<string, Prices>>;
  /** does one copy of each kernel serve all layers? Set by the planner, for costs */
  readonly shared?: boolean;
  /** what an estimate of cycles needs; absent where there is none */
  readonly pipeline?: Pipeline;
  /** instructions per unit of a kernel's work, by symbol, where they differ from the usual (bench/fit.mjs) */
  readonly costs?: Readonly<Record<string, Prices>>;
  /** how code for this core runs in the simulator; without it only its own hardware runs it */
  readonly qemu?: QemuBoard;
}

/** How instructions become cycles: rough, since no simulator here counts them. */
export interface Pipeline {
  /** cycles per instruction of compiled code without wait states */
  readonly perInstruction: number;
  /** are loads 2 cycles, further ones of a group 1, taken branches 3, multiplications 1? Then rows tell their own pace */
  readonly inOrder?: boolean;
  /** bytes that flash delivers at once */
  readonly flashLine: number;
}

/** Addresses are text, as in a manual: `0x20000000`. */
export interface Region {
  readonly at: string;
  readonly bytes: number;
}

/** A board of QEMU with a core that executes the target's instructions. */
export interface QemuBoard {
  /** e.g. qemu-system-arm */
  readonly command: string;
  readonly machine: string;
  /** start_NAME.c and link_NAME.ld.hbs in templates/qemu */
  readonly runtime: 'arm' | 'riscv';
  /** where the vector table lies, when not at the beginning of the code */
  readonly vectors?: Region;
  /** where what belongs into flash lies */
  readonly code: Region;
  readonly ram: Region;
  /** a timer of 32 bits with a fixed rate; absent where a CSR counts instructions */
  readonly counter?: {
    readonly address: string;
    /** counts towards zero */
    readonly down: boolean;
    readonly hertz: number;
    /** writes that start it: address, value */
    readonly setup: readonly (readonly [address: string, value: string])[];
  };
  /** the core traps on unaligned access, the board's only when told to */
  readonly strictAlign?: boolean;
}

export type CType = 'int8_t' | 'uint8_t' | 'int16_t' | 'uint16_t' | 'int32_t' | 'uint32_t' | 'float';

/** A static const array of the emitted file. */
export interface ConstArray {
  readonly name: string;
  readonly type: CType;
  readonly values: ArrayLike<number>;
  /** numbers per line, so that a reader sees the layout */
  readonly columns?: number;
  /** e.g. `[12 output pairs][40 taps][2]` */
  readonly layout: string;
}

/** One line of a layer's initialiser: what it is and its values. A ConstArray stands for its address. */
export interface Field {
  readonly comment: string;
  readonly values: readonly (number | ConstArray | null)[];
}

/** The constant description that a kernel call points to: `static const <struct> <name> = { fields }`. */
export interface Layer {
  /** C struct type, declared by the kernel's header */
  readonly struct: string;
  readonly fields: readonly Field[];
}

/** Where a kernel would be used: a node, and the add that it absorbs, if any. */
export interface Site {
  readonly graph: Graph;
  readonly node: Node;
  /** an `add` whose other operand is the skip tensor; the kernel writes the sum */
  readonly add?: Node & { op: 'add' };
  /** tensors of `node` */
  readonly inputs: readonly Tensor[];
  /** the tensor that is written in the end (the add's, when there is one) */
  readonly output: Tensor;
  /** the tensor `node` itself produces; same as `output` without an add */
  readonly middle: Tensor;
  /** name prefix for constant arrays, unique per layer */
  readonly prefix: string;
}

/** Counted work of a kernel at a site, by unit: macs, outputs, pixels, ... */
export type Work = Readonly<Record<string, number>>;

/** Instructions per unit of work. */
export type Prices = Readonly<Record<string, number>>;

export interface Cost {
  /** estimated instructions per inference */
  readonly instructions: number;
}

/**
 * One emitted C function, as data. The planner picks the cheapest row that fits; a row in kernels/index.ts is
 * declared, tested on the grid of awkward shapes and costed; a function outside the table cannot be emitted.
 *
 * The C function has the form `void symbol(const struct *layer, const T *x, [const T *x2,] T *y [, int8_t *scratch])`
 * with x2 for ops with two activation inputs (or the skip tensor of a fused add).
 */
export interface Kernel {
  /** nn_<op>_<type>[_<variant>][__<feature>] */
  readonly symbol: string;
  /** file under templates/c/kernels that defines it */
  readonly file: string;
  readonly op: OpKind;
  readonly needs: readonly Feature[];
  /** how the weights are stored, for the report; "dense" where nothing is said */
  readonly format?: string;
  /** little flash for much time: only for a target whose kernels are shared */
  readonly small?: boolean;
  /** absorbs a following add into its epilogue */
  readonly fusesAdd?: boolean;
  /**
   * Computes a range of output rows: there is a second function `symbol_rows(layer, x, x_row, y, y_row, rows[, scratch])`
   * where x points at input row x_row and y at output row y_row. Lets the planner stream rows.
   */
  readonly rows?: boolean;
  fits(site: Site): boolean;
  layer(site: Site): Layer;
  /** bytes of working memory while it runs (its own alignment: the target's) */
  scratch?(site: Site): number;
  /**
   * Writing over the input: the least distance d >= 0 in bytes such that the output may start d bytes *before* activation
   * input `index` (0 = x, 1 = x2) although they overlap; null = they must be disjoint. Holds because outputs are written in
   * raster order and no input byte is read again after an output byte has been written over it.
   */
  overlap?(site: Site, index: number): number | null;
  /** what `cost` counts, where the prices of a target decide */
  work?(site: Site): Work;
  /** what a unit usually costs */
  readonly prices?: Prices;
  cost(site: Site, target: Target): Cost;
  /** cycles per instruction on a Cortex-M4 without wait states, counted from the inner loop; absent: compiled C */
  readonly pace?: number;
  /** how often a run reads the layer's constants; default once */
  passes?(site: Site): number;
}
