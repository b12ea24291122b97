/**
 * Streams of blocks of weights (nn_dsp_blocks_*_s8.h). Blocks in which no weight is left are left out; before each of the
 * others stands how far the strip pointer goes on.
 */

/** A kernel's unrolled loop over blocks. */
export interface BlockLoop {
  /** blocks of a chunk, at most */
  readonly unroll: number;
  /** bytes of code per block */
  readonly code: number;
  /** units of a block: it may begin at any unit */
  readonly units: number;
  /** bytes of the strip per unit; a block leaves the pointer behind what it has read */
  readonly strip: number;
}

/** One block: the unit where it begins, and its words. */
export interface Block {
  readonly at: number;
  readonly words: readonly number[];
}

/**
 * Blocks that cover all words of dense weights that are not 0, from the first on.
 * @param wordsPerUnit words.length is a multiple of it, and of at least one block
 */
export function blocksOf(words: readonly number[], wordsPerUnit: number, { units }: BlockLoop): Block[] {
  const count = words.length / wordsPerUnit;
  const isZero = (unit: number) => words.slice(unit * wordsPerUnit, (unit + 1) * wordsPerUnit).every((w) => w === 0);
  const blocks: Block[] = [];
  for (let unit = 0; unit < count; ) {
    if (isZero(unit)) {
      unit += 1;
      continue;
    }
    // The last block ends with the strip; what it shares with the one before counts once.
    const at = Math.min(unit, count - units);
    const own = words.slice(unit * wordsPerUnit, (at + units) * wordsPerUnit);
    blocks.push({ at, words: [...new Array<number>((unit - at) * wordsPerUnit).fill(0), ...own] });
    unit = at + units;
  }
  return blocks;
}

/** Chunks of blocks, each after its jump, then a 0. */
export function packBlockStream(blocks: readonly Block[], { unroll, code, units, strip }: BlockLoop): number[] {
  const first = blocks.length % unroll || Math.min(unroll, blocks.length);
  const packed = [(unroll - first) * code];
  let next = 0;
  blocks.forEach(({ at, words }, i) => {
    if (i >= first && (i - first) % unroll === 0) packed.push(-unroll * code - 8);
    packed.push((at - next) * strip, ...words);
    next = at + units;
  });
  return [...packed, 0];
}

/** The blocks of a stream again; @param size words of a block */
export function unpackBlockStream(stream: readonly number[], size: number, loop: BlockLoop): Block[] {
  const { unroll, code, units, strip } = loop;
  const blocks: Block[] = [];
  let next = 0;
  let left = unroll - stream[0]! / code;
  for (let i = 1; ; i++) {
    for (; left > 0; left--, i += size + 1) {
      const at = next + stream[i]! / strip;
      blocks.push({ at, words: stream.slice(i + 1, i + 1 + size) });
      next = at + units;
    }
    if (stream[i] === 0) return blocks;
    left = -(stream[i]! + 8) / code;
  }
}
