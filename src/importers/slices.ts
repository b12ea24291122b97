/** Strided slices as TensorFlow describes them. */
import type { Shape } from '../ir/graph.js';

/** What of one axis is taken. */
export interface Range {
  readonly begin: number;
  readonly stride: number;
  readonly count: number;
}

/** Bit i of a mask is about entry i of begin, end and strides. */
export interface Masks {
  readonly begin: number;
  readonly end: number;
  readonly ellipsis: number;
  readonly newAxis: number;
  readonly shrink: number;
}

const has = (mask: number, i: number): boolean => (mask & (1 << i)) !== 0;
const clampTo = (v: number, low: number, high: number): number => Math.min(high, Math.max(low, v));

/** One axis of a strided slice, as Python counts. */
function range(size: number, begin: number | undefined, end: number | undefined, stride: number): Range {
  const place = (v: number) => (v < 0 ? v + size : v);
  const [low, high] = stride > 0 ? [0, size] : [-1, size - 1];
  const from = begin === undefined ? (stride > 0 ? 0 : size - 1) : clampTo(place(begin), low, high);
  const to = end === undefined ? (stride > 0 ? size : -1) : clampTo(place(end), low, high);
  return { begin: from, stride, count: Math.max(0, Math.ceil((to - from) / stride)) };
}

/**
 * Entries of begin, end and strides spread over the axes of the input: an ellipsis stands for whole axes, a new axis for
 * none. Undefined where they do not fit.
 * @param given begin, end, strides
 */
export function stridedRanges(shape: Shape, given: readonly (readonly number[])[], masks: Masks): Range[] | undefined {
  const [begin, end, strides] = given as [readonly number[], readonly number[], readonly number[]];
  const isAxis = (i: number) => !has(masks.ellipsis, i) && !has(masks.newAxis, i);
  const named = begin.filter((_, i) => isAxis(i)).length;
  const whole = (axis: number): Range => ({ begin: 0, stride: 1, count: shape[axis]! });
  const ranges: Range[] = [];
  for (let i = 0; i < begin.length; i++) {
    if (has(masks.ellipsis, i)) for (let k = shape.length - named; k > 0; k--) ranges.push(whole(ranges.length));
    else if (isAxis(i)) {
      const size = shape[ranges.length];
      if (size === undefined || !strides[i]) return undefined;
      const one = has(masks.shrink, i);
      const last = one ? begin[i]! + 1 || undefined : has(masks.end, i) ? undefined : end[i]!;
      ranges.push(range(size, has(masks.begin, i) ? undefined : begin[i]!, last, one ? 1 : strides[i]!));
    }
  }
  while (ranges.length < shape.length) ranges.push(whole(ranges.length));
  return ranges;
}

/** The shape of the result: axes that shrink are gone, new ones have length 1. */
export function slicedShape(ranges: readonly Range[], entries: number, masks: Masks): Shape {
  const shape: number[] = [];
  let axis = 0;
  const named = Array.from({ length: entries }, (_, i) => i).filter(
    (i) => !has(masks.ellipsis, i) && !has(masks.newAxis, i),
  ).length;
  for (let i = 0; i < entries; i++) {
    if (has(masks.ellipsis, i)) for (let k = ranges.length - named; k > 0; k--) shape.push(ranges[axis++]!.count);
    else if (has(masks.newAxis, i)) shape.push(1);
    else if (has(masks.shrink, i)) axis++;
    else shape.push(ranges[axis++]!.count);
  }
  return [...shape, ...ranges.slice(axis).map((r) => r.count)];
}
