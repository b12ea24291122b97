import type { NodeRows } from '../node.js';
import { convolutions } from './conv.js';
import { elementwise } from './elementwise.js';
import { products } from './product.js';
import { resizes } from './resize.js';
import { shapes } from './shape.js';
import { slices } from './slices.js';

/** Every op of a graph-model that can be imported. */
export const nodeRows: NodeRows = {
  ...convolutions,
  ...elementwise,
  ...products,
  ...resizes,
  ...shapes,
  ...slices,
};
