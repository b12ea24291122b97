/** Images enlarged and reduced. */
import type { Pair, Shape } from '../../src/ir/graph.js';
import { f32, one, s8 } from '../support/net.js';
import type { GridCase } from './grid.js';

interface Resize {
  readonly x: Shape;
  readonly size: Pair;
  readonly alignCorners?: true;
  readonly halfPixel?: true;
}

const resizes: Record<string, Resize> = {
  'twice as large': { x: [1, 3, 4, 5], size: [6, 8] },
  'twice as large, half pixels': { x: [1, 3, 4, 5], size: [6, 8], halfPixel: true },
  'aligned corners, batch': { x: [2, 3, 3, 2], size: [7, 5], alignCorners: true },
  reduced: { x: [1, 9, 11, 3], size: [4, 3], halfPixel: true },
  'one pixel': { x: [1, 1, 1, 4], size: [3, 2], alignCorners: true },
  'to one pixel': { x: [1, 4, 5, 2], size: [1, 1], alignCorners: true },
  same: { x: [1, 2, 3, 1], size: [2, 3] },
};

export const resizeCases: readonly GridCase[] = Object.entries(resizes).flatMap(([name, r]) =>
  (['s8', 'f32'] as const).map((type) => {
    const spec = (shape: Shape) => (type === 's8' ? s8(shape, 0.1, 3) : f32(shape));
    const attr = { size: r.size, alignCorners: r.alignCorners ?? false, halfPixel: r.halfPixel ?? false };
    const y = spec([r.x[0]!, ...r.size, r.x[3]!]);
    return { name: `resize bilinear ${type}, ${name}`, graph: one('resize_bilinear', attr, [spec(r.x)], y) };
  }),
);
