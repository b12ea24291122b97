/** Pixels that become channels or batches, and mirrored borders. */
import { elements } from '../../../ir/graph.js';
import type { Operator, OpRows } from '../operator.js';
import { MIRROR_PAD, SPACE_TO_DEPTH } from '../schema.js';
import { kindOf, slice } from './slice.js';

/** Blocks of pixels become channels: a transpose of [N,H,block,W,block,C]. */
function spaceToDepth(op: Operator): void {
  const { block } = op.options(SPACE_TO_DEPTH);
  const x = op.input(0);
  const [n, height, width, channels] = op.tensor(x).shape as [number, number, number, number];
  if (block < 1 || height % block || width % block) throw op.problem('op-attribute', `blocks of ${block}x${block}`);
  const blocks = op.reshaped(x, [n, height / block, block, width / block, block, channels]);
  op.emit('reshape', {}, [op.transposed(blocks, [0, 1, 3, 2, 4, 5])]);
}

/** Pairs from a constant of rows [axes][2]. */
const pairsOf = (op: Operator, i: number): [number, number][] => {
  const flat = Array.from(op.constant(i, 'the borders'));
  return flat.flatMap((v, k) => (k % 2 ? [] : [[v, flat[k + 1]!] as [number, number]]));
};

/** Zeros around, then blocks of pixels become batches. */
function spaceToBatch(op: Operator): void {
  const x = op.input(0);
  const { shape, quant } = op.tensor(x);
  const blocks = Array.from(op.constant(1, 'the blocks'));
  const borders = pairsOf(op, 2);
  const before = shape.map((_, a) => borders[a - 1]?.[0] ?? 0);
  const after = shape.map((_, a) => borders[a - 1]?.[1] ?? 0);
  const grown = shape.map((d, a) => before[a]! + d + after[a]!);
  const padded = op.step('pad', { before, after, value: quant?.zero[0] ?? 0 }, [x], {
    ...kindOf(op.tensor(x)),
    shape: grown,
  });
  const split = [grown[0]!, ...blocks.flatMap((b, i) => [grown[i + 1]! / b, b]), ...grown.slice(1 + blocks.length)];
  const count = blocks.length;
  const inBlock = blocks.map((_, i) => 2 * i + 2);
  const outside = blocks.map((_, i) => 2 * i + 1);
  const rest = grown.slice(1 + count).map((_, i) => 2 * count + 1 + i);
  op.emit('reshape', {}, [op.transposed(op.reshaped(padded, split), [...inBlock, 0, ...outside, ...rest])]);
}

/** Batches become blocks of pixels, and borders are cut off. */
function batchToSpace(op: Operator): void {
  const x = op.input(0);
  const { shape } = op.tensor(x);
  const blocks = Array.from(op.constant(1, 'the blocks'));
  const crops = pairsOf(op, 2);
  const count = blocks.length;
  const batch = shape[0]! / elements(blocks);
  const split = op.reshaped(x, [...blocks, batch, ...shape.slice(1)]);
  const spatial = blocks.flatMap((_, i) => [count + 1 + i, i]);
  const rest = shape.slice(1 + count).map((_, i) => 2 * count + 1 + i);
  const turned = op.transposed(split, [count, ...spatial, ...rest]);
  const grown = [batch, ...blocks.map((b, i) => b * shape[i + 1]!), ...shape.slice(1 + count)];
  const begin = grown.map((_, a) => crops[a - 1]?.[0] ?? 0);
  const cut = grown.map((d, a) => d - begin[a]! - (crops[a - 1]?.[1] ?? 0));
  slice(
    op,
    op.reshaped(turned, grown),
    begin,
    grown.map(() => 1),
    cut,
    op.output(),
  );
}

/** Borders that mirror what is inside: along each padded axis the elements are gathered. */
function mirrorPad(op: Operator): void {
  const symmetric = op.options(MIRROR_PAD).mode === 1;
  const borders = pairsOf(op, 1);
  let x = op.input(0);
  borders.forEach(([before, after], axis) => {
    const { shape } = op.tensor(x);
    const size = shape[axis]!;
    if (before + after === 0 && axis < borders.length - 1) return;
    const mirrored = (i: number) => {
      if (i < 0) return symmetric ? -i - 1 : -i;
      return i < size ? i : symmetric ? 2 * size - 1 - i : 2 * size - 2 - i;
    };
    const from = Int32Array.from({ length: before + size + after }, (_, i) => mirrored(i - before));
    const indices = op.literal('s32', [from.length], from, `indices_${axis}`);
    const grown = shape.with(axis, from.length);
    const last = axis === borders.length - 1;
    const out = last ? op.output() : op.between({ ...kindOf(op.tensor(x)), shape: grown }, `padded_${axis}`);
    op.emit('gather', { axis, batchDims: 0 }, [x, indices], out);
    x = out;
  });
}

export const spaces: OpRows = {
  SPACE_TO_DEPTH: { inputs: [1, 1], build: spaceToDepth },
  SPACE_TO_BATCH_ND: { inputs: [3, 3], build: spaceToBatch },
  BATCH_TO_SPACE_ND: { inputs: [3, 3], build: batchToSpace },
  MIRROR_PAD: { inputs: [2, 2], build: mirrorPad },
};
