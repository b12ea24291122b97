import { elements, type Shape } from '../ir/graph.js';
import { stridesOf } from '../ops/broadcast.js';
import type { Field, Site } from './kernel.js';
import { AccessOrder } from './overlap.js';
import { siteArray } from './pack.js';

/** Outer axes that the C kernels loop over: NN_BROADCAST_AXES. */
const maxOuter = 4;

/** Elements along an axis, and the strides of both operands; 0 = repeated. */
interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
}

/** Two broadcast operands as a run of neighbours under a few outer axes, outermost first. */
export interface Broadcast {
  readonly outer: readonly Axis[];
  readonly run: Axis;
}

/** Stride of an operand along each axis of the result. */
function stridesWithin(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const skip = to.length - from.length;
  return to.map((_, i) => (i < skip || from[i - skip] === 1 ? 0 : strides[i - skip]!));
}

/** Axes of size 1 left out, neighbours that both operands walk alike merged. */
export function broadcastOf(a: Shape, b: Shape, y: Shape): Broadcast {
  const [as, bs] = [stridesWithin(a, y), stridesWithin(b, y)];
  const merged: Axis[] = [];
  y.forEach((size, i) => {
    if (size === 1) return;
    const axis = { size, a: as[i]!, b: bs[i]! };
    const last = merged.at(-1);
    if (last && last.a === axis.a * size && last.b === axis.b * size)
      merged[merged.length - 1] = { ...axis, size: last.size * size };
    else merged.push(axis);
  });
  const run = merged.pop() ?? { size: 1, a: 1, b: 1 };
  return { outer: merged, run };
}

/** The broadcast of a site with two operands. */
export const siteBroadcast = ({ inputs: [a, b], output }: Site): Broadcast =>
  broadcastOf(a!.shape, b!.shape, output.shape);

/** Can the C kernels loop over it? */
export const fitsBroadcast = (site: Site): boolean => siteBroadcast(site).outer.length <= maxOuter;

/** Fields `axes, outer, run, a_step, b_step`. */
export function broadcastFields(site: Site): Field[] {
  const { outer, run } = siteBroadcast(site);
  const none = Array.from({ length: maxOuter - outer.length }, () => ({ size: 1, a: 0, b: 0 }));
  const axes = [...none, ...outer].flatMap(({ size, a, b }) => [size, a, b]);
  const layout = '[axes][size, stride of a, stride of b]';
  return [
    { comment: 'outer axes', values: [siteArray(site, 'axes', 'int32_t', axes, layout)] },
    { comment: 'runs, elements of a run', values: [elements(outer.map((o) => o.size)), run.size] },
    { comment: 'steps of a, b within a run', values: [run.a, run.b] },
  ];
}

/** Runs in raster order, element by element. */
export function broadcastDistance(site: Site, operand: 'a' | 'b', bytes: number): number {
  const { outer, run } = siteBroadcast(site);
  const order = new AccessOrder();
  for (let i = 0; i < elements(outer.map((o) => o.size)); i++) {
    let [offset, rest] = [0, i];
    for (const axis of [...outer].reverse()) {
      offset += (rest % axis.size) * axis[operand];
      rest = Math.floor(rest / axis.size);
    }
    order.read(offset * bytes);
    order.write(((i + 1) * run.size - 1) * bytes);
    order.read((offset + (run.size - 1) * run[operand]) * bytes);
    order.write((i + 1) * run.size * bytes);
  }
  return order.distance;
}
