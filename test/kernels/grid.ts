/** Small graphs over awkward shapes, for every op and type that a kernel computes. Pure data, from a fixed seed. */
import type { Graph } from '../../src/ir/graph.js';
import { elementwiseCases } from './grid-elementwise.js';
import { generalCases } from './grid-general.js';
import { moveCases } from './grid-move.js';
import { recurrentCases } from './grid-recurrent.js';
import { resizeCases } from './grid-resize.js';
import { signalCases } from './grid-signal.js';
import { sparseCases } from './grid-sparse.js';
import { wideCases } from './grid-wide.js';
import { windowCases } from './grid-window.js';

export interface GridCase {
  readonly name: string;
  /** one node, or a convolution and the add that follows it */
  readonly graph: Graph;
}

export const grid: readonly GridCase[] = [
  ...windowCases,
  ...sparseCases,
  ...elementwiseCases,
  ...moveCases,
  ...resizeCases,
  ...generalCases,
  ...recurrentCases,
  ...signalCases,
  ...wideCases,
];
