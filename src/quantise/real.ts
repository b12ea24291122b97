/** Ops that have no kernel for stored values: they stay float, between a DEQUANTIZE and a QUANTIZE. */
import type { Node } from '../ir/graph.js';
import { isCell } from './cells.js';
import type { StoredType } from './parameters.js';

/** Functions of stored values whose operands need the parameters of the result. */
export const isExtreme = (node: Node): boolean =>
  (node.op === 'binary' && ['maximum', 'minimum'].includes(node.attr.fn)) ||
  (node.op === 'reduce' && ['max', 'min'].includes(node.attr.fn));

const always: readonly Node['op'][] = [
  'select',
  'cumsum',
  'top_k',
  'scatter_elements',
  'scatter_nd',
  'one_hot',
  'cast',
  'log_softmax',
  'local_response_normalization',
];

/** Those that have a kernel for s8 but none for s16. */
const inWide: readonly Node['op'][] = ['mean', 'resize_bilinear', 'resize_nearest', 'lstm', 'gru'];

function isNarrow(node: Node): boolean {
  if (node.op === 'binary') return !isExtreme(node) && !['prelu', 'squared_difference'].includes(node.attr.fn);
  if (node.op === 'reduce') return !isExtreme(node) && node.attr.fn !== 'sum';
  if (isCell(node)) return node.attr.hardSlope !== 0 || node.in.length > 4;
  if (node.op === 'unary') return node.attr.fn === 'is_nan' || node.attr.fn === 'is_inf';
  return always.includes(node.op);
}

function isWide(node: Node): boolean {
  if (node.op === 'binary' || node.op === 'reduce') return !isExtreme(node);
  if (node.op === 'unary') return node.attr.fn !== 'leaky_relu' || node.attr.alpha < 0;
  return inWide.includes(node.op);
}

/** Does the node stay float where the others are stored? */
export const staysReal = (node: Node, type: StoredType): boolean => isNarrow(node) || (type === 's16' && isWide(node));
