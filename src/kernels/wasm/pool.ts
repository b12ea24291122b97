/** Averages and maxima over windows and means by vectors: channels that lie side by side, with the layers of the portable kernels. */
import { elements, type NodeOf } from '../../ir/graph.js';
import type { Kernel, Site } from '../kernel.js';
import { blocksOf, mean, vectorsOf } from '../mean.js';
import { pool2d } from '../pool2d.js';
import { vectorCosts } from './cost.js';

/** Sums of int8 values have 16 bits. */
const mostTaps = 256;

/** Vectors and what is loaded for them. @param lanes values of a vector, side by side, taps of each */
function workOf(site: Site, lanes: number, side: number, taps: number) {
  const vectors = (elements(site.output.shape) / side) * Math.ceil(side / lanes);
  return { taps: vectors * taps, vectors };
}

const poolAttr = (site: Site) => (site.node as NodeOf<'average_pool2d' | 'max_pool2d'>).attr;

/** What a vector kernel has of its own. */
function vectorRow(symbol: string, file: string, side: (site: Site) => number, taps: (site: Site) => number): Kernel {
  const { rows: _, ...portable } = [...pool2d, ...mean].find((k) => k.symbol === symbol)!;
  const isFloat = symbol.endsWith('f32');
  const sums = !isFloat && portable.op !== 'max_pool2d';
  const fits = (site: Site) => portable.fits(site) && side(site) >= 4 && (!sums || taps(site) <= mostTaps);
  return {
    ...portable,
    symbol: `${symbol}__simd`,
    file,
    needs: ['simd128'],
    fits,
    ...(sums && { scratch: () => 32 }),
    ...vectorCosts(`${symbol}__simd`, (site) => workOf(site, isFloat ? 4 : 16, side(site), taps(site)), {
      taps: isFloat ? 5 : 15,
      vectors: isFloat ? 60 : 300,
    }),
  };
}

const pools = ['nn_average_pool2d_s8', 'nn_max_pool2d_s8', 'nn_average_pool2d_f32', 'nn_max_pool2d_f32'].map((symbol) =>
  vectorRow(
    symbol,
    'nn_pool2d_simd.ts',
    (site) => site.output.shape[3]!,
    (site) => elements(poolAttr(site).filter),
  ),
);

const means = ['nn_mean_s8', 'nn_mean_f32'].map((symbol) =>
  vectorRow(
    symbol,
    'nn_mean_simd.ts',
    (site) => vectorsOf(blocksOf(site)!)[0],
    (site) => elements(site.inputs[0]!.shape) / elements(site.output.shape),
  ),
);

export const poolSimd: readonly Kernel[] = [...pools, ...means];
