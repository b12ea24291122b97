import { type Shape, type Tensor, tensorBytes } from '../ir/graph.js';
import { stridesOf } from '../ops/broadcast.js';
import type { Field, Site } from './kernel.js';
import { siteArray } from './pack.js';

/** An axis that is walked: how many, and elements (or bytes) from one to the next. */
export type Walk = readonly [size: number, stride: number];

/** Axes of size 1 left out, neighbours that are one walk merged. */
export function mergedWalks(walks: readonly Walk[]): Walk[] {
  const merged: Walk[] = [];
  for (const [size, stride] of walks) {
    if (size === 1) continue;
    const last = merged.at(-1);
    if (last && last[1] === stride * size) merged[merged.length - 1] = [last[0] * size, stride];
    else merged.push([size, stride]);
  }
  return merged;
}

/** The axes `which` of a tensor in its own order, merged. */
export function walksOf(shape: Shape, which: (axis: number) => boolean): Walk[] {
  const strides = stridesOf(shape);
  return mergedWalks(shape.flatMap((size, axis) => (which(axis) ? [[size, strides[axis]!] as const] : [])));
}

/** A field with `count` axes, those that are missing in front. */
export function walkField(site: Site, what: string, walks: readonly Walk[], count: number, layout: string): Field {
  const none: Walk[] = Array.from({ length: count - walks.length }, () => [1, 0]);
  return { comment: what, values: [siteArray(site, what, 'int32_t', [...none, ...walks].flat(), layout)] };
}

/** Bytes of an element. */
export const elementBytes = (t: Tensor): number => tensorBytes({ shape: [], type: t.type });
