import { elements } from '../ir/graph.js';
import { scaleOf, zeroPoint } from '../ops/quantised.js';
import type { Kernel, Layer, Site } from './kernel.js';
import { elementwiseDistance } from './overlap.js';

type Byte = 's8' | 'u8';

/** Scale, zero point and count; `stored` is the tensor that has them. */
const affineLayer = (struct: string, stored: Site['output']): Layer => ({
  struct,
  fields: [
    { comment: 'scale', values: [scaleOf(stored)] },
    { comment: 'zero point', values: [zeroPoint(stored)] },
    { comment: 'elements', values: [elements(stored.shape)] },
  ],
});

const toStored = (type: Byte): Kernel => ({
  symbol: `nn_quantize_f32_${type}`,
  file: 'nn_quantize_f32.h',
  op: 'quantize',
  needs: [],
  fits: ({ inputs: [x], output }) => x!.type === 'f32' && output.type === type,
  layer: ({ output }) => affineLayer('nn_quantize_f32_layer', output),
  overlap: () => 0,
  cost: ({ output }) => ({ instructions: 30 * elements(output.shape) }),
});

const toReal = (type: Byte): Kernel => ({
  symbol: `nn_dequantize_${type}_f32`,
  file: 'nn_dequantize_f32.h',
  op: 'dequantize',
  needs: [],
  fits: ({ inputs: [x], output }) => x!.type === type && output.type === 'f32',
  layer: ({ inputs: [x] }) => affineLayer('nn_dequantize_f32_layer', x!),
  overlap: ({ output }) => elementwiseDistance(elements(output.shape), 1, 4),
  cost: ({ output }) => ({ instructions: 10 * elements(output.shape) }),
});

/** Between float and 8-bit values; between 8-bit values a table does it. */
export const quantize: readonly Kernel[] = [toStored('s8'), toStored('u8'), toReal('s8'), toReal('u8')];
