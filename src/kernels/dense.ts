/** What the rows of fully_connected share. */
import { elements } from '../ir/graph.js';
import { denseMultipliers, zeroPoint } from '../ops/quantised.js';
import type { Field, Site } from './kernel.js';
import { channelFields, foldZeroPoint, greatestSum, sumWeights } from './pack.js';

/** Rows of the input, each of which gives a row of the output. */
export const rowsOf = ({ inputs }: Site): number => elements(inputs[0]!.shape) / inputs[1]!.shape[1]!;

/** [channels, depth] */
export const sizesOf = ({ inputs }: Site): readonly [number, number] => inputs[1]!.shape as [number, number];

/** Activations and weights int8. */
export function isInt8Dense({ inputs: [x, w], output }: Site): boolean {
  return w!.data !== undefined && [x!, w!, output].every((t) => t.type === 's8');
}

/** The fields `bias`, `numbers`, and whether plain arithmetic does. */
export function denseFields(site: Site): { arrays: Field[]; plain: Field } {
  const [x, w, b] = site.inputs;
  const [channels, depth] = sizesOf(site);
  const channelOf = (i: number) => Math.floor(i / depth);
  const bias = foldZeroPoint(b?.data, sumWeights(w!.data!, channels, channelOf), zeroPoint(x!));
  const greatest = greatestSum(w!.data!, bias, channels, channelOf);
  return channelFields(site, bias, denseMultipliers(x!, w!, site.middle, channels), greatest);
}
