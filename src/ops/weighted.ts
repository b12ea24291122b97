/** What convolutions and fully connected layers share: operand checks, and accumulators into stored outputs. */
import {
  type Activation,
  type Border,
  elements,
  type NodeOf,
  newData,
  type Tensor,
  type TensorData,
} from '../ir/graph.js';
import { clamp, requantize, requantizeWide } from '../support/fixed.js';
import type { Value } from './op.js';
import { activationRange, activationRangeF32, type ChannelMultipliers, zeroPoint } from './quantised.js';
import { demand, demandActivation, demandActivations, demandType } from './validate.js';
import type { Window } from './window.js';

type Weighted = NodeOf<'conv2d'> | NodeOf<'depthwise_conv2d'> | NodeOf<'fully_connected'> | NodeOf<'transpose_conv'>;

/** Output channels are axis `axis` of the weights; integer weights are symmetric, with one scale or one per channel. */
function checkWeights(node: Weighted, w: Tensor, axis: number): void {
  if (w.type === 'f32') return;
  const { scale = [], zero = [], axis: along = axis } = w.quant ?? {};
  const fits = scale.length === 1 || (scale.length === w.shape[axis] && along === axis);
  demand(
    node,
    fits,
    'op-quant',
    `${scale.length} weight scales along axis ${along} for ${w.shape[axis]} output channels`,
  );
  const hint = 'quantise the model to int8 as TFLite specifies it';
  demand(
    node,
    zero.every((z) => z === 0),
    'op-quant',
    'the weights have a zero point',
    hint,
  );
}

function checkBias(node: Weighted, bias: Tensor, channels: number, classes: number | undefined): void {
  const shape = classes === undefined ? [channels] : [classes, channels];
  const fits = bias.shape.length === shape.length && bias.shape.every((d, i) => d === shape[i]);
  demand(node, fits, 'op-shape', `the bias has shape [${bias.shape}] instead of [${shape}]`);
}

/**
 * Types, scales and bias of a weighted op. All f32; or activations s8 and weights s8 or s16, or activations s16 and weights
 * s8, with an s32 bias.
 * @param axis of the output channels in the weights
 * @param classes rows of a bias that depends on the border
 */
export function checkOperands(
  node: Weighted,
  inputs: readonly Tensor[],
  y: Tensor,
  axis: number,
  classes?: number,
): void {
  const [x, w, bias] = inputs as [Tensor, Tensor, Tensor | undefined];
  demandActivation(node, node.attr.act);
  demandActivations(node, [x], y, ['s8', 's16', 'f32']);
  demandType(node, 'the weights', w, x.type === 's8' ? ['s8', 's16'] : x.type === 's16' ? ['s8'] : ['f32']);
  checkWeights(node, w, axis);
  demand(node, bias !== undefined || classes === undefined, 'op-attribute', 'a border without a bias');
  if (!bias) return;
  demandType(node, 'the bias', bias, [x.type === 'f32' ? 'f32' : 's32']);
  checkBias(node, bias, w.shape[axis]!, classes);
}

const classCount = (of: readonly number[]): number => Math.max(...of) + 1;

/** Number of bias rows of a border, after checking that it names one for every output pixel. */
export function borderClasses(node: Weighted, border: Border, { outHeight, outWidth }: Window): number {
  const { rows, cols } = border;
  const whole = [...rows, ...cols].every((c) => Number.isInteger(c) && c >= 0);
  const fits = whole && rows.length === outHeight && cols.length === outWidth;
  demand(node, fits, 'op-attribute', `border of ${rows.length}x${cols.length} for ${outHeight}x${outWidth} pixels`);
  return classCount(rows) * classCount(cols);
}

/** The bias row of an output pixel: its class at the border, 0 without one. */
export function biasRow(border: Border | undefined): (pixel: number) => number {
  if (!border) return () => 0;
  const { rows, cols } = border;
  const width = classCount(cols);
  return (pixel) => rows[Math.floor(pixel / cols.length) % rows.length]! * width + cols[pixel % cols.length]!;
}

/** Stored values less the zero point, as doubles: sums of products of 8-bit values stay exact in them. */
export function centred(t: Value): Float64Array {
  const zero = zeroPoint(t);
  const values = new Float64Array(t.data);
  if (zero) for (let i = 0; i < values.length; i++) values[i]! -= zero;
  return values;
}

/** Adds the bias to accumulators [pixels, channels]. */
export function addBias(
  sums: Float64Array,
  bias: Value | undefined,
  channels: number,
  row: (pixel: number) => number,
): void {
  if (!bias) return;
  const values = new Float64Array(bias.data);
  for (let start = 0, pixel = 0; start < sums.length; start += channels, pixel++) {
    const from = row(pixel) * channels;
    for (let c = 0; c < channels; c++) sums[start + c]! += values[from + c]!;
  }
}

function storeNarrow(
  sums: Float64Array,
  y: Tensor,
  act: Activation,
  { multiplier, shift }: ChannelMultipliers,
): TensorData {
  const out = newData(y.type, elements(y.shape));
  const [least, most] = activationRange(act, y);
  const zero = zeroPoint(y);
  for (let start = 0; start < out.length; start += multiplier.length)
    for (let c = 0; c < multiplier.length; c++) {
      // The accumulator is an int32 and wraps like one.
      out[start + c] = clamp(requantize(sums[start + c]! | 0, multiplier[c]!, shift[c]!) + zero, least, most);
    }
  return out;
}

/** Wide sums: the multiplier is rounded to 16 bits, and the product to the output once. */
function storeS16(
  sums: Float64Array,
  y: Tensor,
  act: Activation,
  { multiplier, shift }: ChannelMultipliers,
): TensorData {
  const out = new Int16Array(elements(y.shape));
  const [least, most] = activationRange(act, y);
  const [zero, count] = [zeroPoint(y), multiplier.length];
  for (let i = 0; i < out.length; i++)
    out[i] = clamp(requantizeWide(sums[i]!, multiplier[i % count]!, shift[i % count]!) + zero, least, most);
  return out;
}

function storeF32(sums: Float64Array, y: Tensor, act: Activation): TensorData {
  const [least, most] = activationRangeF32(act);
  return newData('f32', elements(y.shape)).map((_, i) => clamp(sums[i]!, least, most));
}

/**
 * Accumulators, bias included, into what y stores. Integer outputs are scaled by the channel's multiplier.
 * @param narrow accumulators of 32 bits for s16 outputs too
 */
export function store(
  sums: Float64Array,
  y: Tensor,
  act: Activation,
  multipliers: () => ChannelMultipliers,
  narrow = false,
): TensorData {
  if (y.type === 'f32') return storeF32(sums, y, act);
  return y.type === 's16' && !narrow ? storeS16(sums, y, act, multipliers()) : storeNarrow(sums, y, act, multipliers());
}
