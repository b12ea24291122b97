import { Problem } from '../../../support/problem.js';
import type { Fields } from '../fields.js';
import type { LayerRow, LayerRows } from '../layer.js';
import { convolutions } from './conv.js';
import { dense } from './dense.js';
import { merges } from './merge.js';
import { pools } from './pool.js';
import { recurrent } from './recurrent.js';
import { shapes } from './shape.js';

/** Every Keras layer that can be imported, by its class. */
export const layerRows: LayerRows = { ...convolutions, ...dense, ...merges, ...pools, ...recurrent, ...shapes };

/** Why some layers will not come. */
function reason(kind: string, fields: Fields): [message: string, hint: string] {
  if (kind === 'Lambda')
    return ['it holds Python code', 'replace it by layers of Keras, or export the model to TFLite or ONNX'];
  if (kind === 'Masking')
    return ['masks are not supported', 'pad or cut sequences to one length and leave the mask out'];
  if (/OpLambda$/.test(kind))
    return [
      `it calls ${String(fields.get('function') ?? fields.get('name')).slice(0, 64)}`,
      'write it with layers of Keras, or export the model to TFLite or ONNX',
    ];
  return [
    'it is none of those that Espalier knows',
    `a custom layer must be replaced by layers of Keras, or the model exported to TFLite or ONNX; supported: ${Object.keys(layerRows).sort().join(', ')}`,
  ];
}

/** @throws Problem `layer-unsupported` naming layer and class */
export function layerRow(kind: string, fields: Fields): LayerRow {
  if (Object.hasOwn(layerRows, kind)) return layerRows[kind]!;
  const [message, hint] = reason(kind, fields);
  throw new Problem('layer-unsupported', `${kind.slice(0, 64)} is not supported: ${message}`, fields.from, hint);
}
