import { elements, type NodeOf } from '../ir/graph.js';
import { meanParams, zeroPoint } from '../ops/quantised.js';
import type { Field, Kernel, Layer, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { storedShift } from './pack.js';

/** The input as [kept0][reduced0][kept1][reduced1][kept2]. */
type Blocks = readonly [kept0: number, reduced0: number, kept1: number, reduced1: number, kept2: number];

/** Neighbouring axes of one kind merged; undefined when kept and reduced axes alternate more often than C loops over. */
export function blocksOf(site: Site): Blocks | undefined {
  const { axes } = (site.node as NodeOf<'mean'>).attr;
  const sizes = [1];
  site.inputs[0]!.shape.forEach((size, axis) => {
    if (size === 1) return;
    // Even places hold kept axes, odd ones reduced axes.
    const isReduced = axes.includes(axis);
    if (isReduced === ((sizes.length - 1) % 2 === 1)) sizes[sizes.length - 1]! *= size;
    else sizes.push(size);
  });
  while (sizes.length < 5) sizes.push(1);
  return sizes.length === 5 ? (sizes as unknown as Blocks) : undefined;
}

const sizeFields = (site: Site): Field[] => [
  { comment: 'sizes: kept, reduced, kept, reduced, kept', values: blocksOf(site)! },
];

const countOf = ([, a, , b]: Blocks): number => a * b;

function meanLayer(site: Site): Layer {
  const [x, y] = [site.inputs[0]!, site.output];
  const count = countOf(blocksOf(site)!);
  const { multiplier, shift } = meanParams(x, y, count);
  return {
    struct: 'nn_mean_s8_layer',
    fields: [
      ...sizeFields(site),
      { comment: 'zero point of the input * values of a sum', values: [zeroPoint(x) * count] },
      { comment: 'scale: multiplier, right shift less one', values: [multiplier, storedShift(shift)] },
      { comment: 'zero point of the output', values: [zeroPoint(y)] },
    ],
  };
}

/** For each pair of kept indices the innermost axis is walked, a whole sum per output. */
function meanDistance(site: Site, bytes: number): number {
  const [kept0, reduced0, kept1, reduced1, kept2] = blocksOf(site)!;
  const order = new AccessOrder();
  for (let a = 0; a < kept0; a++)
    for (let b = 0; b < kept1; b++) {
      const from = (a * reduced0 * kept1 + b) * reduced1 * kept2;
      const to = (a * kept1 + b) * kept2;
      order.read(from * bytes);
      order.write((to + kept2 - 1) * bytes);
      order.read((from + kept2 - 1) * bytes);
      order.write((to + kept2) * bytes);
    }
  return order.distance;
}

const fits =
  (type: 's8' | 'f32') =>
  (site: Site): boolean =>
    site.inputs[0]!.type === type && site.output.type === type && blocksOf(site) !== undefined;

const cost = (site: Site) => ({
  instructions: 4 * elements(site.inputs[0]!.shape) + 30 * elements(site.output.shape),
});

/** Values side by side of which vector kernels make means at once, and how often they do. */
export function vectorsOf([kept0, , kept1, reduced1, kept2]: Blocks): readonly [inner: number, times: number] {
  return reduced1 === 1 ? [kept1 * kept2, kept0] : [kept2, kept0 * kept1];
}

/** 8 values side by side at a time: sums of 16 bits, and a shift to the right. */
function fitsMve(site: Site): boolean {
  if (!fits('s8')(site)) return false;
  const blocks = blocksOf(site)!;
  const count = countOf(blocks);
  return vectorsOf(blocks)[0] >= 4 && count < 256 && meanParams(site.inputs[0]!, site.output, count).shift < 0;
}

function mveCost(site: Site): number {
  const blocks = blocksOf(site)!;
  const [, reduced0, , reduced1] = blocks;
  const [inner, times] = vectorsOf(blocks);
  return 20 + times * (45 + Math.ceil(inner / 8) * (reduced0 * (5 * reduced1 + 4) + 29));
}

/** Means over any axes. */
export const mean: readonly Kernel[] = [
  {
    symbol: 'nn_mean_s8',
    file: 'nn_mean_s8.h',
    op: 'mean',
    needs: [],
    fits: fits('s8'),
    layer: meanLayer,
    overlap: (site) => meanDistance(site, 1),
    cost,
  },
  {
    symbol: 'nn_mean_s8__mve',
    file: 'nn_mean_s8_mve.h',
    op: 'mean',
    needs: ['mve'],
    fits: fitsMve,
    layer: meanLayer,
    overlap: (site) => meanDistance(site, 1),
    cost: (site) => ({ instructions: mveCost(site) }),
  },
  {
    symbol: 'nn_mean_f32',
    file: 'nn_mean_f32.h',
    op: 'mean',
    needs: [],
    fits: fits('f32'),
    layer: (site) => ({ struct: 'nn_mean_f32_layer', fields: sizeFields(site) }),
    overlap: (site) => meanDistance(site, 4),
    cost,
  },
];
