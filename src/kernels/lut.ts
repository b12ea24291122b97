import { elements, type OpKind } from '../ir/graph.js';
import { unaryTable } from '../ops/unary-table.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { siteArray } from './pack.js';

function lutLayer(site: Site): Layer {
  const table = unaryTable(site.node, site.inputs[0]!, site.output)!;
  const bytes = Uint8Array.from(table, (v) => v & 255);
  return {
    struct: 'nn_lut_s8_layer',
    fields: [
      {
        comment: 'output by input',
        values: [siteArray(site, 'table', 'uint8_t', bytes, '[256] output bytes by input byte')],
      },
      { comment: 'elements', values: [elements(site.output.shape)] },
    ],
  };
}

/** One lookup per element, for any function between 8-bit types. */
const lutRow = (op: OpKind): Kernel => ({
  symbol: 'nn_lut_s8',
  file: 'nn_lut_s8.h',
  op,
  needs: [],
  fits: ({ node, inputs, output }) => unaryTable(node, inputs[0]!, output) !== undefined,
  layer: lutLayer,
  overlap: () => 0,
  cost: ({ output }) => ({ instructions: 6 * elements(output.shape) }),
});

/** All elementwise functions of 8-bit values share one C function. */
export const lut: readonly Kernel[] = [
  lutRow('logistic'),
  lutRow('tanh'),
  lutRow('relu'),
  lutRow('quantize'),
  lutRow('unary'),
];
