/** What float cells hold while they run: calibration needs it, for stored cells keep it in few bits. */
import type { NodeOf } from '../../ir/graph.js';
import type { Value } from '../op.js';
import { type Cell, inferCell } from './cells.js';
import { gru } from './gru.js';
import { lstmFloat } from './lstm.js';

export interface Watched {
  /** outputs of all steps, also where only the last one is given */
  readonly h: Float32Array;
  /** greatest magnitude of the cell states of an lstm; 0 for a gru */
  readonly cell: number;
}

/**
 * Runs a cell without given states over many sequences.
 * @param x [count * N, T, I], f32
 * @param weights its other operands
 */
export function watchCell(node: Cell, x: Value, weights: readonly Value[]): Watched {
  const inputs = [x, ...weights];
  const [gates, biases] = node.op === 'lstm' ? [4, 4] : [3, 6];
  const all = { ...node, attr: { ...node.attr, last: false }, out: [] } as Cell;
  const shape = inferCell(all, inputs, gates, biases, 0)[0]!;
  const y = { name: 'h', shape, type: 'f32' } as const;
  let cell = 0;
  const note = (c: number): void => {
    cell = Math.max(cell, Math.abs(c));
  };
  const [h] =
    all.op === 'lstm' ? lstmFloat(all as NodeOf<'lstm'>, inputs, y, note) : gru.run(all as NodeOf<'gru'>, inputs, [y]);
  return { h: h as Float32Array, cell };
}
