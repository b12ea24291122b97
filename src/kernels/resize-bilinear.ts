import { elements, type NodeOf } from '../ir/graph.js';
import { type Between, resizeSteps } from '../ops/resize-bilinear.js';
import type { Field, Kernel, Layer, Site } from './kernel.js';
import { siteArray } from './pack.js';

type Type = 's8' | 'f32';

const node = (site: Site) => site.node as NodeOf<'resize_bilinear'>;

/** Rows or columns: where both lie, in elements, and how far it is from the first. */
function tables(site: Site, what: 'rows' | 'columns', type: Type): Field[] {
  const [, , width, depth] = site.inputs[0]!.shape as [number, number, number, number];
  const stride = what === 'rows' ? width * depth : depth;
  const steps: readonly Between[] = resizeSteps(node(site), site.inputs[0]!)[what];
  const places = steps.flatMap(({ low, high }) => [low * stride, high * stride]);
  const at = steps.map((s) => s.at);
  const unit = type === 'f32' ? 'of a pixel' : '1 / 1024 of a pixel';
  return [
    {
      comment: `${what}: elements from the start of the first and the second`,
      values: [siteArray(site, what, 'int32_t', places, `[${what}][2]`)],
    },
    {
      comment: `how far each lies from the first, ${unit}`,
      values: [siteArray(site, `${what}_at`, type === 'f32' ? 'float' : 'int16_t', at, `[${what}]`)],
    },
  ];
}

function layer(site: Site, type: Type): Layer {
  const [batches, height, width, depth] = site.output.shape as [number, number, number, number];
  return {
    struct: `nn_resize_bilinear_${type}_layer`,
    fields: [
      { comment: 'images; size of the result; channels', values: [batches, height, width, depth] },
      { comment: 'elements of an image of the input', values: [elements(site.inputs[0]!.shape) / batches] },
      ...tables(site, 'rows', type),
      ...tables(site, 'columns', type),
    ],
  };
}

/** Pixels are read again and again, so the output stays clear of the input. */
const row = (type: Type): Kernel => ({
  symbol: `nn_resize_bilinear_${type}`,
  file: `nn_resize_bilinear_${type}.h`,
  op: 'resize_bilinear',
  needs: [],
  // Far beyond the image the products of int8 would leave 32 bits.
  fits: (site) => {
    const { rows, columns } = resizeSteps(node(site), site.inputs[0]!);
    return (
      site.inputs[0]!.type === type && (type === 'f32' || [...rows, ...columns].every((s) => Math.abs(s.at) <= 1024))
    );
  },
  layer: (site) => layer(site, type),
  cost: ({ output }) => ({ instructions: (type === 'f32' ? 40 : 20) * elements(output.shape) }),
});

/** Images enlarged or reduced. */
export const resizeBilinear: readonly Kernel[] = [row('s8'), row('f32')];
