/** Exact figures of one inference on the target's instruction set. */
export interface QemuMeasurement {
  /** from the first instruction of NAME_run to its return */
  readonly instructions: number;
  /** in the order of `artifact.traced`; they add up to `instructions` */
  readonly layers: readonly number[];
  /** bytes of stack that NAME_run wrote, below its caller's frame */
  readonly stack: number;
  /** bytes that the model adds to a linked image, library functions included */
  readonly flash: { readonly code: number; readonly weights: number; readonly total: number };
}

/**
 * Instructions of each layer from the counter's readings; the last is what a mark costs. Compilers place a few
 * instructions differently around a mark: the layers are scaled to the count of the code without marks.
 */
function layerCounts(ticks: Uint32Array, perInstruction: number, total: number): number[] {
  const raw = Array.from(ticks, (t) => Math.round(t / perInstruction));
  const mark = raw.pop()!;
  const sum = raw.reduce((a, b) => a + b - mark, 0);
  let before = 0;
  let given = 0;
  return raw.map((n) => {
    before += n - mark;
    const part = Math.round((before / sum) * total) - given;
    given += part;
    return part;
  });
}

/**
 * Instructions and stack from what the image wrote.
 * @param count readings over a run and over an empty function, bytes of stack
 * @param layers readings between marks, and between two marks in a row
 */
export function readCounters(
  count: Uint32Array,
  layers: Uint32Array,
  perInstruction: number,
): Pick<QemuMeasurement, 'instructions' | 'layers' | 'stack'> {
  const [whole, nothing, stack] = count;
  // the counter wraps at 2^32: the layers' sum says how often
  const sum = layers.reduce((a, b) => a + b, 0);
  const wraps = Math.max(0, Math.round((sum - whole!) / 2 ** 32));
  const ownReturn = 1; // the empty function's, which is taken off with it
  const instructions = Math.round((whole! - nothing! + wraps * 2 ** 32) / perInstruction) + ownReturn;
  return { instructions, layers: layerCounts(layers, perInstruction, instructions), stack: stack! };
}
