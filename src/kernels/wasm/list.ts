/** Convolutions and fully connected layers of whose weights only those that are not 0 are there: strips of many pixels. */
import { elements, type NodeOf, type Pair } from '../../ir/graph.js';
import { activationRange, zeroPoint } from '../../ops/quantised.js';
import { int8, isPlain } from '../convolution.js';
import { isFloat } from '../convolution-f32.js';
import { isInt8Dense } from '../dense.js';
import { type Geometry, geometryOf } from '../geometry.js';
import type { Field, Kernel, Layer, Site } from '../kernel.js';
import { rangeField, siteArray, zerosIn } from '../pack.js';
import { vectorCosts } from './cost.js';
import { rangeOf } from './float.js';
import { floatNumbers, sumsOf } from './scale.js';
import { borderSize, windowFields } from './windows.js';

type Op = 'conv2d' | 'fully_connected';

/** Of a convolution, or of a fully connected layer as one: rows are pixels. */
export const sizes = (site: Site) => {
  const channels = site.inputs[1]!.shape[0]!;
  const depth = elements(site.inputs[1]!.shape) / channels;
  return { channels, depth, pixels: elements(site.middle.shape) / channels };
};

/** A fully connected layer is a convolution of one row of pixels. */
function windowsOf(site: Site): Geometry {
  if (site.node.op === 'conv2d') return geometryOf(site);
  const { channels, depth, pixels } = sizes(site);
  const one: Pair = [1, 1];
  const size = { batch: 1, inH: 1, inW: pixels, inC: depth, outH: 1, outW: pixels, outC: channels };
  return { ...size, kernel: one, stride: one, dilation: one, pad: [0, 0, 0, 0] };
}

/** Inputs of weights that are not 0, per channel. */
function inputsOf(site: Site): number[][] {
  const { channels, depth } = sizes(site);
  const w = site.inputs[1]!.data!;
  return Array.from({ length: channels }, (_, o) =>
    Array.from({ length: depth }, (_, i) => i).filter((i) => w[o * depth + i] !== 0),
  );
}

/** Memory always holds something. */
const some = (values: readonly number[]): readonly number[] => (values.length ? values : [0]);

/** Running totals. */
function ends(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((c) => {
    sum += c;
    return sum;
  });
}

const attrs = (site: Site) => (site.node as NodeOf<Op>).attr;

const floatLayer =
  (vectors: number) =>
  (site: Site): Layer => {
    const { channels, depth } = sizes(site);
    const w = site.inputs[1]!.data!;
    const inputs = inputsOf(site);
    const weights = inputs.flatMap((list, o) => list.map((i) => w[o * depth + i]!));
    const bias = site.inputs[2]?.data ?? new Float32Array(channels);
    const array = siteArray;
    return {
      struct: 'nn_conv2d_f32_list_simd_layer',
      fields: [
        {
          comment: 'weights that are not 0, the inputs they multiply, where each channel ends',
          values: [
            array(site, 'weights', 'float', some(weights), '[weights that are not 0]'),
            array(site, 'inputs', 'uint16_t', some(inputs.flat().map((i) => i * vectors)), '[weights that are not 0]'),
            array(site, 'ends', 'int32_t', ends(inputs.map((l) => l.length)), '[channels]'),
          ],
        },
        { comment: 'bias', values: [array(site, 'bias', 'float', bias, '[channels]')] },
        { comment: 'channels', values: [channels] },
        rangeOf(site),
        ...windowFields(site, windowsOf(site), 4, 0),
      ],
    };
  };

/** Numbers by which int8 sums become stored values, by floats or by integers; undefined where neither is proven exact. */
function channelNumbers(site: Site): { floats: boolean; scales: number[][] } | undefined {
  const { greatest, scales, floats } = sumsOf(site);
  if (floats) return { floats: true, scales: floats.map((f) => floatNumbers(f, zeroPoint(site.middle))) };
  const numbers = Array.from(scales.multiplier, (m, o) => [m, m === 0 ? 1 : -scales.shift[o]!, 0]);
  const fits = numbers.every(([, right], o) => right! >= 1 && right! <= 30 && greatest[o]! < 2 ** 30);
  return fits ? { floats: false, scales: numbers } : undefined;
}

/** Two weights at a time; a last one alone has a 0 beside it. */
function pairsOf(list: readonly number[]): (readonly [number, number])[] {
  return Array.from({ length: Math.ceil(list.length / 2) }, (_, j) => [list[2 * j]!, list[2 * j + 1] ?? -1] as const);
}

/**
 * The members from `weights` to `channels`, which kernels of planes share.
 * @param place where input i of a window lies, of 16 bits
 */
export function byteFields(site: Site, place: (i: number) => number): Field[] {
  const { channels, depth } = sizes(site);
  const w = site.inputs[1]!.data!;
  const pairs = inputsOf(site).map(pairsOf);
  const weights = pairs.flatMap((list, o) => list.flat().map((i) => (i < 0 ? 0 : w[o * depth + i]!)));
  const inputs = pairs.flat(2).map((i) => place(Math.max(0, i)));
  const last = ends(pairs.map((l) => l.length));
  const { bias } = sumsOf(site);
  const { floats, scales } = channelNumbers(site)!;
  const numbers = scales.flatMap((s, o) => [bias[o]!, ...s, last[o]!]);
  const how = floats ? 'factor, offset (bits of floats), base' : 'multiplier, right shift, 0';
  const layout = `[channels][bias, ${how}, pairs before the end]`;
  return [
    {
      comment: 'pairs of weights that are not 0, the inputs they multiply',
      values: [
        siteArray(site, 'weights', 'int8_t', some(weights), '[pairs][2]'),
        siteArray(site, 'inputs', 'uint16_t', some(inputs), '[pairs][2]'),
      ],
    },
    { comment: 'numbers of each channel', values: [siteArray(site, 'numbers', 'int32_t', numbers, layout)] },
    { comment: 'scaled by floats', values: [floats ? 1 : 0] },
    rangeField(site.middle, activationRange(attrs(site).act, site.middle)),
    { comment: 'channels', values: [channels] },
  ];
}

const byteLayer =
  (vectors: number) =>
  (site: Site): Layer => ({
    struct: 'nn_conv2d_s8_list_simd_layer',
    fields: [
      ...byteFields(site, (i) => i * vectors),
      ...windowFields(site, windowsOf(site), 1, zeroPoint(site.inputs[0]!)),
    ],
  });

/** Pairs of weights of all channels, as `byteFields` has them. */
export const pairCount = (site: Site): number => inputsOf(site).reduce((n, l) => n + Math.ceil(l.length / 2), 0);

/** Can lists of weights be used, scaled exactly? */
export const fitsByteList = (site: Site): boolean =>
  (site.node.op === 'conv2d' ? int8(site) && isPlain(site) : isInt8Dense(site)) && channelNumbers(site) !== undefined;

/** Entries (weights or pairs), channels and strip values, over all passes. */
const work = (lanes: number, vectors: number) => (site: Site) => {
  const { channels, depth, pixels } = sizes(site);
  const w = site.inputs[1]!.data!;
  const entries = lanes === 8 ? pairCount(site) : w.length - zerosIn(w);
  const passes = Math.ceil(pixels / (lanes * vectors));
  return { entries: passes * entries, channels: passes * channels, strip: passes * depth };
};

/** The same; entries of a last strip of three vectors or fewer are `short`. */
const floatWork = (vectors: number) => (site: Site) => {
  const all = work(4, vectors)(site);
  const rest = sizes(site).pixels % (4 * vectors);
  const isShort = vectors > 3 && rest > 0 && rest <= 12;
  const short = isShort ? all.entries / Math.ceil(sizes(site).pixels / (4 * vectors)) : 0;
  return { ...all, entries: all.entries - short, short };
};

const isRows = (site: Site): boolean => site.node.op !== 'conv2d' || isPlain(site);
const fitsInputs = (site: Site, vectors: number): boolean => sizes(site).depth * vectors <= 65536;

const floatRow = (op: Op, vectors: number): Kernel => {
  const symbol = `nn_conv2d_f32_list_${vectors}__simd`;
  return {
    symbol,
    file: 'nn_conv2d_f32_list_simd.ts',
    format: 'list',
    op,
    needs: ['simd128'],
    fits: (site) => isFloat(site) && isRows(site) && fitsInputs(site, vectors),
    layer: floatLayer(vectors),
    scratch: (site) => 16 * vectors * (sizes(site).depth + 12) + 64 + 4 * borderSize(windowsOf(site)),
    ...vectorCosts(symbol, floatWork(vectors), {
      // Waiting for the sums of the entry before, up to three vectors.
      entries: Math.max(11 + 2 * vectors, 5 * vectors),
      short: 17,
      channels: 30 + 14 * vectors,
      strip: 5 * vectors,
    }),
  };
};

const byteRow = (op: Op, vectors: number): Kernel => {
  const symbol = `nn_conv2d_s8_list_${vectors}__simd`;
  return {
    symbol,
    file: 'nn_conv2d_s8_list_simd.ts',
    format: 'list',
    op,
    needs: ['simd128'],
    fits: (site) => fitsInputs(site, vectors) && fitsByteList(site),
    layer: byteLayer(vectors),
    scratch: (site) =>
      16 * (vectors * (sizes(site).depth + 30) + Math.ceil(sizes(site).channels / 16)) + borderSize(windowsOf(site)),
    ...vectorCosts(symbol, work(8, vectors), {
      entries: 9 * vectors + 7,
      channels: 52 + 32 * vectors,
      strip: 10 * vectors - 5,
    }),
  };
};

const ops: readonly Op[] = ['conv2d', 'fully_connected'];

export const listKernels: readonly Kernel[] = ops.flatMap((op) => [
  ...[1, 2, 3, 4, 5, 6, 7].map((v) => floatRow(op, v)),
  ...[1, 2, 3].map((v) => byteRow(op, v)),
]);
