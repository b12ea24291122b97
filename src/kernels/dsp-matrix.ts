/** Matrices times three pixels (nn_dsp_matmul_s8.h) in the forms in which weights are stored. */
import { blocksOf, packBlockStream } from '../sparse/blocks.js';
import { hasRoom, numbersFrom, withRoom, words } from './dsp-pack.js';
import { commonScale, greatest, numbersOf, type Product, roundsAway, type Scale } from './dsp-scale.js';
import { geometryOf } from './geometry.js';
import type { Field, Site } from './kernel.js';
import { siteArray } from './pack.js';

/** As the enum in nn_dsp_matmul_s8.h. Wide weights need no unpacking, for twice the flash; blocks leave zeros out. */
const forms = ['narrow', 'wide', 'blocks'] as const;
export type Form = (typeof forms)[number];

/** Blocks of 2 channels x 4 taps of nn_dsp_blocks_3x2_s8.h. */
const blockLoop = { unroll: 4, code: 72, units: 1, strip: 24 };

/** Does any channel need the numbers that `away` stands for in nn_dsp_matmul_3? High bytes leave sums 24 bits. */
function needsAway(p: Product, form: Form): boolean {
  const channels = Array.from({ length: p.channels }, (_, c) => c);
  const overflows = form !== 'wide' && channels.some((c) => c % 2 === 0 && greatest(p, c) >= 2 ** 23);
  return roundsAway(p) === 1 || overflows || channels.some((c) => commonScale(p, c) === null);
}

/** Channels `first` and the next, if there is one, alone. */
const pairOf = (p: Product, first: number): Product => {
  const channels = Math.min(2, p.channels - first);
  const weights = Array.prototype.slice.call(p.weights, first * p.depth, (first + channels) * p.depth) as number[];
  return { ...p, weights, channels };
};

/** Have the weights room in that form? Wide ones always, blocks may come twice. */
export const hasForm = (p: Product, form: Form): boolean => form !== 'narrow' || hasRoom(p);

/** Words of a group of two channels: what comes before its weights, and after them. */
function narrowGroup(p: Product, first: number, away: boolean): { before: number[]; after: number[] } {
  if (away) return { before: [], after: numbersFrom(p, first, 2).flat() };
  const none = { bits: 0, numbers: [0, 0, 0] as const };
  const [a, b] = [first, first + 1].map((c) => (c < p.channels ? commonScale(p, c)! : none)) as [Scale, Scale];
  const bias = (c: number) => (c < p.channels ? p.bias[c]! : 0);
  return {
    before: [(256 * bias(first) + bias(first + 1)) | 0, bias(first + 1)],
    after: [...a.numbers.slice(1), 8 - a.bits, ...b.numbers.slice(1), b.bits],
  };
}

/** Biases, per step of two taps a word for each channel, then the other numbers. */
function wideGroup(p: Product, taps: readonly number[], first: number, away: boolean): number[] {
  const scaleOf = (c: number) => {
    if (c >= p.channels) return { bits: 0, numbers: away ? [0, 0, 0, 1] : [0, 0, 0] };
    return away ? { bits: 1, numbers: numbersOf(p, c)! } : commonScale(p, c)!;
  };
  const weight = (c: number, k: number) => (c < p.channels && k >= 0 ? p.weights[c * p.depth + k]! : 0);
  const pair = [first, first + 1].map((c) => ({ c, ...scaleOf(c) }));
  const packed = pair.map(({ numbers }) => numbers[0]!);
  for (let i = 0; i < taps.length; i += 4)
    for (const k of [i, i + 1])
      for (const { c, bits } of pair)
        packed.push(((weight(c, taps[k + 2]!) << bits) << 16) | ((weight(c, taps[k]!) << bits) & 0xffff));
  return [...packed, ...pair.flatMap(({ numbers }) => numbers.slice(1))];
}

/** Blocks of both parts of a product: the strip pointer may go back. */
const groupBlocks = (p: Product, taps: readonly number[], first: number) =>
  withRoom(pairOf(p, first)).flatMap((part) => (part ? blocksOf(words(part, taps, 0, 1), 2, blockLoop) : []));

function groupWords(p: Product, taps: readonly number[], first: number, form: Form, away: boolean): number[] {
  if (form === 'wide') return wideGroup(p, taps, first, away);
  const { before, after } = narrowGroup(p, first, away);
  const weights =
    form === 'blocks' ? packBlockStream(groupBlocks(p, taps, first), blockLoop) : words(p, taps, first, 1);
  return [...before, ...weights, ...after];
}

function layoutText(p: Product, taps: number, form: Form, away: boolean): string {
  const bias = form === 'wide' || !away ? '[2] biases, ' : '';
  const weights = {
    narrow: `[${taps / 2} steps] pairs of weights`,
    wide: `[${taps / 2} steps][2 channels] weights`,
    blocks: 'chunks of blocks of 4 taps',
  }[form];
  const numbers = `[2 channels][${bias ? '' : 'bias, '}multiplier, offset${form !== 'wide' || away ? ', shift' : ''}]`;
  return `[${Math.ceil(p.channels / 2)} groups]: ${bias}${weights}, ${numbers}`;
}

/** First channels of the groups of two. */
const groupsOf = (p: Product): number[] => Array.from({ length: Math.ceil(p.channels / 2) }, (_, i) => 2 * i);

/** Fields `weights, whole, length` and `form, away` of a product that nn_dsp_matmul_3 computes. */
export function matrixFields(
  site: Site,
  p: Product,
  taps: readonly number[],
  form: Form,
): { weights: Field; kind: Field } {
  const away = needsAway(p, form);
  const groups = groupsOf(p).map((first) => groupWords(p, taps, first, form, away));
  const packed = groups.flat();
  const whole = packed.length - (p.channels % 2 ? groups.at(-1)!.length : 0);
  const array = siteArray(site, 'weights', 'int32_t', packed, layoutText(p, taps.length, form, away));
  return {
    weights: { comment: 'weights and scales; words of whole groups, of all', values: [array, whole, packed.length] },
    kind: {
      comment: `${form} weights; do negative halves matter?`,
      values: [forms.indexOf(form), away ? 1 : 0],
    },
  };
}

/** Instructions of all groups' loops over weights. */
function loopCost(p: Product, taps: readonly number[], form: Form): number {
  const blocks = taps.length / 4;
  const groups = groupsOf(p);
  if (form !== 'blocks')
    return groups.length * ((form === 'wide' ? 16 : 17) * blocks + 2 * Math.max(1, Math.ceil((blocks - 1) / 16)));
  return groups.reduce((n, first) => {
    const own = groupBlocks(p, taps, first).length;
    return n + 18 * own + 2 * Math.max(1, Math.ceil(own / blockLoop.unroll)) + 8;
  }, 0);
}

/** Instructions of nn_dsp_matmul_3 for 3 pixels, counted from the assembly. */
export function matmulCost(p: Product, taps: readonly number[], form: Form): number {
  const away = needsAway(p, form);
  const finish = form === 'wide' ? (away ? 38 : 25) : away ? 48 : 36;
  return loopCost(p, taps, form) + groupsOf(p).length * finish + 30 + (p.channels % 2) * 30;
}

/** Cycles per instruction of the loops: LDM of n registers takes n + 1, all else 1. */
export const pace: Readonly<Record<Form, number>> = { narrow: 1.47, wide: 1.62, blocks: 1.5 };

/** Groups of three pixels. */
export function triples(site: Site): number {
  const { batch, outH, outW } = geometryOf(site);
  return batch * Math.ceil((outH * outW) / 3);
}
