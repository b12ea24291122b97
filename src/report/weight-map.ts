import type { Graph, Node } from '../ir/graph.js';
import { type Layer, layersOf } from '../prune/layers.js';

/**
 * A layer's weights as a small picture: rows are output channels, columns the inputs of one in the order [Kh, Kw, Ci].
 * A cell stands for `rowStep` x `columnStep` weights.
 */
export interface WeightMap {
  readonly rows: number;
  readonly columns: number;
  readonly rowStep: number;
  readonly columnStep: number;
  /** cells */
  readonly height: number;
  readonly width: number;
  /** base64; 4 bits per cell, row after row, high half first: 0 = all zero, 1 to 15 = mean size over the largest cell's */
  readonly cells: string;
}

const mostRows = 64;
const mostColumns = 96;

/** Powers of two, so that cells and the blocks of sparse formats share their edges. */
const stepFor = (size: number, most: number): number => 2 ** Math.max(0, Math.ceil(Math.log2(size / most)));

/** Mean size of the weights of every cell; exactly 0 where all are zero. */
function means({ rows, depth, weights }: Layer, rowStep: number, columnStep: number, width: number): Float64Array {
  const height = Math.ceil(rows / rowStep);
  const sums = new Float64Array(height * width);
  for (let r = 0; r < rows; r++)
    for (let k = 0; k < depth; k++)
      sums[Math.floor(r / rowStep) * width + Math.floor(k / columnStep)]! += Math.abs(weights[r * depth + k]!);
  return sums.map((sum, i) => {
    const tall = Math.min(rowStep, rows - Math.floor(i / width) * rowStep);
    const wide = Math.min(columnStep, depth - (i % width) * columnStep);
    return sum / (tall * wide);
  });
}

/** Two cells per byte. */
function packed(levels: readonly number[]): string {
  const bytes = new Uint8Array(Math.ceil(levels.length / 2));
  for (const [i, level] of levels.entries()) bytes[i >> 1]! |= i % 2 ? level : level << 4;
  return Buffer.from(bytes).toString('base64');
}

/** The levels of all cells, 0 to 15. */
export function mapLevels({ cells, height, width }: WeightMap): number[] {
  const bytes = Buffer.from(cells, 'base64');
  return Array.from({ length: height * width }, (_, i) => (i % 2 ? bytes[i >> 1]! & 15 : bytes[i >> 1]! >> 4));
}

function mapOf(layer: Layer): WeightMap {
  const { rows, depth } = layer;
  const [rowStep, columnStep] = [stepFor(rows, mostRows), stepFor(depth, mostColumns)];
  const [height, width] = [Math.ceil(rows / rowStep), Math.ceil(depth / columnStep)];
  const sizes = means(layer, rowStep, columnStep, width);
  const most = sizes.reduce((a, b) => Math.max(a, b), 0);
  const levels = Array.from(sizes, (s) => (s === 0 ? 0 : Math.max(1, Math.round((15 * s) / most))));
  return { rows, columns: depth, rowStep, columnStep, height, width, cells: packed(levels) };
}

/** The maps of all layers with constant weights, by node. */
export const weightMaps = (graph: Graph): ReadonlyMap<Node, WeightMap> =>
  new Map(layersOf(graph).map((layer) => [graph.nodes[layer.index]!, mapOf(layer)]));
