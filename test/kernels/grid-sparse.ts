/** Convolutions and fully connected layers with zeros among their weights: single ones, blocks, whole channels. */
import { elements, type Graph, type Pair, type TensorData } from '../../src/ir/graph.js';
import { random } from '../../src/support/rng.js';
import type { GridCase } from './grid.js';
import { type Conv, convGraph, type Dense, denseGraph } from './grid-window.js';

/** Share of zeros, and the shape [channels, inputs] of what becomes zero together; or how many of four weights stay. */
interface Zeros {
  readonly share: number;
  readonly block?: Pair;
  readonly ofFour?: number;
  /** share of -128 among the weights that are left */
  readonly least?: number;
}

const next = random(29);

/** Of every four weights of a channel all but the last few, in an order by chance, become zero. */
function thinned(data: TensorData, depth: number, kept: number): TensorData {
  const result = data.slice() as TensorData;
  for (let row = 0; row < data.length; row += depth)
    for (let from = row; from < row + depth; from += 4) {
      const four = Array.from({ length: Math.min(4, row + depth - from) }, (_, i) => ({ i: from + i, rank: next() }));
      for (const { i } of four.sort((a, b) => a.rank - b.rank).slice(kept)) result[i] = 0;
    }
  return result;
}

function zeroed(data: TensorData, channels: number, zeros: Zeros): TensorData {
  const { share, block: [rows, columns] = [1, 1], ofFour, least = 0 } = zeros;
  const depth = data.length / channels;
  if (ofFour) return thinned(data, depth, ofFour);
  const result = data.slice() as TensorData;
  const gone = new Map<string, boolean>();
  for (let i = 0; i < data.length; i++) {
    const key = `${Math.floor(i / depth / rows)},${Math.floor((i % depth) / columns)}`;
    if (!gone.has(key)) gone.set(key, next() < share);
    if (gone.get(key)) result[i] = 0;
    else if (next() < least) result[i] = -128;
  }
  return result;
}

/** The graph of one weighted node with zeros among its weights. */
function sparse(graph: Graph, zeros: Zeros): Graph {
  const weights = graph.nodes[0]!.in[1]!;
  const tensors = graph.tensors.map((t, i) =>
    i === weights ? { ...t, data: zeroed(t.data!, t.shape[0] === 1 ? elements(t.shape) : t.shape[0]!, zeros) } : t,
  );
  return { ...graph, tensors };
}

const same = [1, 1, 1, 1] as const;
const relu = { act: 'relu', zero: [-128, -128] } as const;

const convs: Record<string, Conv & Zeros> = {
  '1x1': { in: [1, 5, 5, 24], out: 10, k: [1, 1], share: 0.8, ...relu },
  '1x1, one row, wide gaps': { in: [1, 1, 9, 300], out: 5, k: [1, 1], share: 0.97 },
  '1x1, long channels': { in: [1, 2, 4, 130], out: 3, k: [1, 1], share: 0.5, ...relu },
  '1x1, batch, odd': { in: [2, 3, 5, 7], out: 6, k: [1, 1], share: 0.6 },
  '1x1, stride': { in: [1, 7, 9, 8], out: 6, k: [1, 1], stride: [2, 2], share: 0.7, ...relu },
  '1x1, blocks': { in: [1, 3, 4, 32], out: 9, k: [1, 1], share: 0.7, block: [2, 4], ...relu },
  '1x1, blocks, rounding': { in: [1, 3, 3, 20], out: 8, k: [1, 1], share: 0.5, block: [4, 4] },
  'all zero': { in: [1, 3, 3, 8], out: 4, k: [1, 1], share: 1, ...relu },
  'channels of zeros': { in: [1, 3, 3, 8], out: 12, k: [1, 1], share: 0.6, block: [1, 8] },
  '3x3 same': { in: [1, 5, 16, 8], out: 6, k: [3, 3], pad: same, share: 0.8, ...relu },
  '3x3 same, narrow': { in: [1, 5, 6, 5], out: 6, k: [3, 3], pad: same, share: 0.6, zero: [-7, 20] },
  '3x3 same, blocks': { in: [1, 6, 8, 16], out: 6, k: [3, 3], pad: same, share: 0.7, block: [2, 4], ...relu },
  '3x3 stride 2': { in: [1, 9, 18, 12], out: 7, k: [3, 3], pad: [0, 1, 0, 1], stride: [2, 2], share: 0.7, ...relu },
  '3x3 stride 2, batch': { in: [2, 7, 19, 4], out: 5, k: [3, 3], stride: [2, 2], share: 0.9 },
  'few channels': { in: [1, 12, 20, 1], out: 6, k: [10, 4], pad: [4, 5, 1, 1], stride: [2, 2], share: 0.6, ...relu },
  dilation: { in: [1, 9, 14, 6], out: 4, k: [3, 3], dilation: [2, 3], pad: [2, 2, 3, 3], share: 0.7 },
  'dilation and stride': { in: [1, 9, 13, 6], out: 5, k: [3, 2], dilation: [2, 3], stride: [2, 2], share: 0.7 },
  'stride beyond the window': { in: [1, 7, 32, 4], out: 3, k: [2, 2], stride: [3, 3], share: 0.5 },
  'large gain': { in: [1, 4, 9, 8], out: 6, k: [1, 1], gain: 300, share: 0.7 },
  'small gain': { in: [1, 4, 8, 8], out: 6, k: [1, 1], gain: 1e-3, share: 0.5, ...relu },
  'gaps beyond a byte': { in: [1, 2, 4, 700], out: 3, k: [1, 1], share: 0.997, ...relu },
  'sums beyond a piece': { in: [1, 3, 4, 90], out: 4, k: [3, 3], share: 0.6 },
  'a row, stride': { in: [1, 1, 40, 6], out: 5, k: [1, 3], stride: [1, 2], share: 0.8 },
  '1x1, least weights': { in: [1, 4, 4, 20], out: 9, k: [1, 1], share: 0, least: 0.4, ...relu },
  '1x1, least weights, zeros, rounding': {
    in: [1, 3, 3, 30],
    out: 6,
    k: [1, 1],
    share: 0.5,
    block: [2, 4],
    least: 0.3,
  },
  '1x1, least weights, large gain': { in: [1, 3, 3, 600], out: 4, k: [1, 1], zero: [-128, -128], share: 0, least: 0.2 },
  '3x3 same, least weights': { in: [1, 5, 6, 8], out: 5, k: [3, 3], pad: same, share: 0, least: 0.4, ...relu },
  'few channels, least weights': { in: [1, 9, 8, 3], out: 4, k: [3, 3], stride: [2, 2], share: 0, least: 0.4 },
  '1x1, two of four': { in: [1, 4, 5, 16], out: 12, k: [1, 1], share: 0, ofFour: 2, ...relu },
  '1x1, two of four, channels grow': { in: [1, 3, 6, 10], out: 23, k: [1, 1], share: 0, ofFour: 2 },
  '1x1, one of four, batch': { in: [2, 3, 3, 21], out: 5, k: [1, 1], share: 0, ofFour: 1, act: 'relu6' },
  '3x3, two of four': { in: [1, 6, 7, 5], out: 7, k: [3, 3], pad: same, share: 0, ofFour: 2, ...relu },
  '3x3, two of four, stride, rounding': { in: [1, 9, 9, 8], out: 6, k: [3, 3], stride: [2, 2], share: 0, ofFour: 2 },
  'two of four, large gain': { in: [1, 4, 5, 12], out: 5, k: [1, 1], gain: 300, share: 0, ofFour: 2 },
  'two of four, sums beyond a piece': { in: [1, 4, 4, 70], out: 3, k: [3, 3], share: 0, ofFour: 2 },
};

const depthwise: Record<string, Conv & Zeros> = {
  '3x3 same': { in: [1, 5, 6, 20], out: 20, k: [3, 3], multiplier: 1, pad: same, share: 0.7, ...relu },
  '3x3 stride 2, batch': { in: [2, 7, 9, 8], out: 8, k: [3, 3], multiplier: 1, stride: [2, 2], share: 0.6 },
  '5x1': { in: [1, 9, 4, 11], out: 11, k: [5, 1], multiplier: 1, share: 0.8 },
};

/** Weights enough that every input of a window matters somewhere. */
const depthwiseDense: Record<string, Conv & Zeros> = {
  'few zeros': { in: [1, 4, 6, 40], out: 40, k: [3, 3], multiplier: 1, share: 0.5 },
};

const adds: Record<string, Conv & Zeros> = {
  '1x1': { in: [1, 3, 6, 16], out: 8, k: [1, 1], share: 0.8, add: 'second' },
  '3x3': { in: [1, 5, 9, 8], out: 8, k: [3, 3], pad: same, share: 0.8, add: 'first', act: 'relu' },
  '3x3, two of four': { in: [1, 4, 5, 8], out: 9, k: [3, 3], pad: same, share: 0, ofFour: 2, add: 'first' },
  '3x3, least weights': { in: [1, 5, 7, 8], out: 6, k: [3, 3], pad: same, share: 0, least: 0.3, add: 'second' },
  '3x3, batch, blocks': { in: [2, 3, 8, 8], out: 6, k: [3, 3], pad: same, share: 0.7, block: [4, 4], add: 'second' },
};

const dense: Record<string, Dense & Zeros> = {
  'single zeros': { rows: 1, depth: 90, out: 12, share: 0.8, zero: [-128, -128] },
  'blocks of 4x8': { rows: 1, depth: 128, out: 16, share: 0.75, block: [4, 8], zero: [-128, -128] },
  'blocks of 4x4, rounding, batch': { rows: 2, depth: 50, out: 10, share: 0.6, block: [4, 4] },
  'blocks, per channel': { rows: 1, depth: 64, out: 20, share: 0.8, block: [4, 8], perChannel: true },
  'blocks of 4x16': { rows: 1, depth: 80, out: 24, share: 0.6, block: [4, 16], act: 'relu', zero: [5, -128] },
  'least weights': { rows: 1, depth: 70, out: 14, share: 0, least: 0.3, zero: [-128, -128] },
  'least weights, zeros, per channel': {
    rows: 2,
    depth: 64,
    out: 9,
    share: 0.5,
    block: [4, 4],
    least: 0.3,
    perChannel: true,
  },
  'two of four': { rows: 1, depth: 50, out: 13, share: 0, ofFour: 2, zero: [-128, -128] },
  'two of four, strips of rows, more out than in': { rows: 19, depth: 11, out: 17, share: 0, ofFour: 2 },
  'one of four, per channel': { rows: 9, depth: 40, out: 7, share: 0, ofFour: 1, perChannel: true },
  'no blocks left': { rows: 1, depth: 40, out: 8, share: 1, zero: [0, 7] },
};

const convsFloat: Record<string, Conv & Zeros> = {
  '1x1': { in: [1, 5, 5, 24], out: 10, k: [1, 1], share: 0.8, act: 'relu6' },
  '1x1, batch, fewer than four rows left': { in: [2, 3, 5, 7], out: 6, k: [1, 1], share: 0.6, bias: false },
  'all zero': { in: [1, 3, 3, 8], out: 4, k: [1, 1], share: 1 },
};

const denseFloat: Record<string, Dense & Zeros> = {
  'one row': { rows: 1, depth: 90, out: 12, share: 0.8, act: 'relu' },
  'more out than in': { rows: 9, depth: 11, out: 40, share: 0.7 },
};

const each = <T extends Zeros>(what: string, table: Record<string, T>, make: (entry: T) => Graph): GridCase[] =>
  Object.entries(table).map(([name, entry]) => ({
    name: `${what} sparse, ${name}`,
    graph: sparse(make(entry), entry),
  }));

export const sparseCases: readonly GridCase[] = [
  ...each('conv2d', convs, (c) => convGraph('s8', c)),
  ...each('depthwise', depthwise, (c) => convGraph('s8', c)),
  ...each('conv2d + add', adds, (c) => convGraph('s8', c)),
  ...each('fully connected', dense, (d) => denseGraph('s8', d)),
  ...each('depthwise', depthwiseDense, (c) => convGraph('s8', c)),
  ...each('conv2d f32', convsFloat, (c) => convGraph('f32', c)),
  ...each('fully connected f32', denseFloat, (d) => denseGraph('f32', d)),
];
