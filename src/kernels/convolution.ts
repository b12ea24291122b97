/** What the rows of conv2d and depthwise_conv2d share. */
import type { Border, NodeOf, Tensor } from '../ir/graph.js';
import { convMultipliers, zeroPoint } from '../ops/quantised.js';
import type { Field, Site } from './kernel.js';
import { channelFields, foldZeroPoint, greatestSum, siteArray, sumWeights } from './pack.js';

type Convolution = NodeOf<'conv2d'> | NodeOf<'depthwise_conv2d'>;

const maxClasses = 256;

/** Activations and weights int8, the border's classes small enough for a byte. */
export function int8(site: Site): boolean {
  const [x, w] = site.inputs;
  const { border } = (site.node as Convolution).attr;
  const small = !border || [...border.rows, ...border.cols].every((c) => c < maxClasses);
  return small && w!.data !== undefined && [x!, w!, site.middle, site.output].every((t) => t.type === 's8');
}

/** One group, one bias for all pixels. */
export function isPlain({ node }: Site): boolean {
  const { groups, border } = (node as NodeOf<'conv2d'>).attr;
  return groups === 1 && !border;
}

/** A window of one pixel, stride 1, no padding, one group, one bias: all pixels are rows of one matrix. */
export function isMatrix(site: Site): boolean {
  const [, height, width] = site.inputs[1]!.shape;
  const { stride, pad } = (site.node as NodeOf<'conv2d'>).attr;
  return isPlain(site) && [height, width, ...stride].every((n) => n === 1) && pad.every((p) => p === 0);
}

/** As int8, and the skip tensor is int8 of the same shape. */
export function fitsAdd(site: Site): boolean {
  if (!int8(site) || !site.add) return false;
  return site.add.in.every((id) => {
    const t = site.graph.tensors[id]!;
    return t.type === 's8' && `${t.shape}` === `${site.output.shape}`;
  });
}

/** Values per line so that a row of the table is a row of the array. */
const classArray = (site: Site, role: string, classes: readonly number[]) =>
  siteArray(site, role, 'uint8_t', classes, `[${classes.length}] bias class of each ${role.split('_')[0]}`);

/** The fields that conv2d and depthwise_conv2d layers start with, weights left out. */
export interface ConvolutionFields {
  /** `bias`, `numbers` */
  readonly channels: Field[];
  /** `row_class`, `col_class`, `col_classes` */
  readonly classes: Field;
  readonly plain: Field;
}

/** Fields `row_class`, `col_class`, `col_classes`. */
export function classFields(site: Site, border: Border | undefined): Field {
  if (!border) return { comment: 'one bias for all pixels', values: [null, null, 1] };
  const arrays = [classArray(site, 'row_class', border.rows), classArray(site, 'column_class', border.cols)];
  const comment = 'bias class of each row and column, number of column classes';
  return { comment, values: [...arrays, Math.max(...border.cols) + 1] };
}

/** @param channelOf output channel of element i of the weights */
export function convolutionFields(site: Site, channelOf: (i: number) => number): ConvolutionFields {
  const [x, w, b] = site.inputs as [Tensor, Tensor, Tensor | undefined];
  const channels = site.middle.shape[3]!;
  const { border } = (site.node as Convolution).attr;
  const values = foldZeroPoint(b?.data, sumWeights(w.data!, channels, channelOf), zeroPoint(x));
  const greatest = greatestSum(w.data!, values, channels, channelOf);
  const { arrays, plain } = channelFields(site, values, convMultipliers(x, w, site.middle, channels), greatest);
  return { channels: arrays, classes: classFields(site, border), plain };
}
