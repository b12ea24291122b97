/** Pad, concatenation, transpose, reshape on elements of 1, 2 and 4 bytes. */
import type { DType, Shape } from '../../src/ir/graph.js';
import { one, quant, type Spec } from '../support/net.js';
import type { GridCase } from './grid.js';

const types: readonly DType[] = ['s8', 's16', 'f32'];

const spec = (type: DType, shape: Shape): Spec =>
  type === 'f32' ? { type, shape } : { type, shape, quant: quant(0.1, 0) };

interface Pad {
  readonly x: Shape;
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const pads: Record<string, Pad> = {
  image: { x: [1, 3, 4, 2], before: [0, 1, 2, 0], after: [0, 2, 1, 0] },
  channels: { x: [1, 2, 3, 4], before: [0, 0, 0, 1], after: [0, 0, 0, 3] },
  'all axes': { x: [2, 1, 2, 3], before: [1, 0, 1, 2], after: [0, 2, 1, 1] },
  batch: { x: [2, 5], before: [1, 0], after: [1, 0] },
  nothing: { x: [3, 2], before: [0, 0], after: [0, 0] },
  'five axes': { x: [2, 1, 2, 2, 2], before: [1, 1, 1, 1, 1], after: [0, 1, 0, 1, 0] },
};

interface Concatenation {
  readonly parts: readonly Shape[];
  readonly axis: number;
}

const concatenations: Record<string, Concatenation> = {
  channels: {
    parts: [
      [1, 3, 2, 4],
      [1, 3, 2, 3],
    ],
    axis: 3,
  },
  rows: {
    parts: [
      [1, 2, 3, 2],
      [1, 1, 3, 2],
      [1, 3, 3, 2],
    ],
    axis: 1,
  },
  one: { parts: [[2, 3]], axis: 1 },
  four: {
    parts: [
      [2, 1],
      [2, 2],
      [2, 3],
      [2, 4],
    ],
    axis: 1,
  },
  five: { parts: [[3], [1], [4], [1], [5]], axis: 0 },
  six: { parts: Array.from({ length: 6 }, () => [2, 2, 2]), axis: 2 },
  seven: { parts: Array.from({ length: 7 }, () => [1, 2]), axis: 0 },
  eight: { parts: Array.from({ length: 8 }, () => [2, 1]), axis: 1 },
};

const transposes: readonly { x: Shape; perm: readonly number[] }[] = [
  { x: [3, 5], perm: [1, 0] },
  { x: [1, 4, 3, 2], perm: [0, 3, 1, 2] },
  { x: [2, 3, 4, 5], perm: [3, 2, 1, 0] },
  { x: [2, 3, 4], perm: [1, 0, 2] },
  { x: [1, 6, 1, 4], perm: [0, 2, 1, 3] },
  { x: [2, 2, 3, 2, 2], perm: [4, 2, 0, 3, 1] },
];

const total = ({ parts, axis }: Concatenation): Shape =>
  parts[0]!.map((d, i) => (i === axis ? parts.reduce((n, p) => n + p[axis]!, 0) : d));

const cases = (type: DType): GridCase[] => [
  ...Object.entries(pads).map(([name, { x, before, after }]) => ({
    name: `pad ${type}, ${name}`,
    graph: one(
      'pad',
      { before, after, value: -3 },
      [spec(type, x)],
      spec(
        type,
        x.map((d, i) => before[i]! + d + after[i]!),
      ),
    ),
  })),
  ...Object.entries(concatenations).map(([name, c]) => ({
    name: `concatenation ${type}, ${name}`,
    graph: one(
      'concatenation',
      { axis: c.axis, act: 'none' },
      c.parts.map((p) => spec(type, p)),
      spec(type, total(c)),
    ),
  })),
  ...transposes.map(({ x, perm }) => ({
    name: `transpose ${type}, [${x}] to [${perm}]`,
    graph: one(
      'transpose',
      { perm },
      [spec(type, x)],
      spec(
        type,
        perm.map((axis) => x[axis]!),
      ),
    ),
  })),
  { name: `reshape ${type}`, graph: one('reshape', {}, [spec(type, [2, 6])], spec(type, [3, 4])) },
];

export const moveCases: readonly GridCase[] = types.flatMap(cases);
