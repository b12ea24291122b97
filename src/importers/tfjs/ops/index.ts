import type { NodeRows } from '../node.js';
import { convolutions } from './conv.js';
import { elementwise } from './elementwise.js';
import { products } from './product.js';
import { shapes } from './shape.js';

/** Every op of a graph-model that can be imported. */
export const nodeRows: NodeRows = { ...convolutions, ...elementwise, ...products, ...shapes };
