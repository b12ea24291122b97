import { elements, type NodeOf } from '../ir/graph.js';
import { logTable } from '../ops/signal/bands.js';
import { cosines } from '../ops/signal/spectrum.js';
import type { Field, Kernel, Layer, Site } from './kernel.js';
import { siteArray } from './pack.js';

const attrOf = (site: Site) => (site.node as NodeOf<'audio_features'>).attr;

const table = (site: Site, role: string, values: ArrayLike<number>): Field => ({
  comment: role,
  values: [siteArray(site, role, 'int16_t', values, `[${values.length}]`)],
});

function layer(site: Site): Layer {
  const a = attrOf(site);
  const [x, ...constants] = site.inputs;
  const roles = ['window', 'weights', 'unweights', 'starts', 'weight_starts', 'widths', 'gains'];
  return {
    struct: 'nn_audio_features_s16_layer',
    fields: [
      ...roles.map((role, i) => table(site, role, constants[i]!.data!)),
      table(site, 'cosines', cosines(a.fftLength)),
      table(site, 'logs', logTable()),
      { comment: 'samples, points of the transform', values: [elements(x!.shape), a.fftLength] },
      { comment: 'bins: first, end', values: a.bins },
      { comment: 'channels', values: [elements(site.output.shape)] },
      { comment: 'shift of the window', values: [a.windowShift] },
      { comment: 'even channels: new, old noise', values: [a.smoothing[0], a.oneMinusSmoothing[0]] },
      { comment: 'odd channels', values: [a.smoothing[1], a.oneMinusSmoothing[1]] },
      { comment: 'what stays, fractional bits', values: [a.minSignalRemaining, a.subtractionBits] },
      { comment: 'bits of the noise, clamped', values: [a.smoothingBits, a.clamping ? 1 : 0] },
      { comment: 'shift of the gain', values: [a.snrShift] },
      { comment: 'logarithm: scale, bits', values: [a.outputScale, a.correctionBits] },
    ],
  };
}

/** Instructions of a step of the transform (per point and factor of 2), a weight, and what is left of a channel. */
const prices = { points: 25, weights: 20, channels: 900, samples: 20 };

/** From a frame of sound to the logarithms of its bands; the noise is updated where it lies. */
export const signal: readonly Kernel[] = [
  {
    symbol: 'nn_audio_features_s16',
    file: 'nn_audio_features_s16.h',
    op: 'audio_features',
    needs: [],
    fits: () => true,
    layer,
    // Energies in 32 bits, and the transform's pairs of 16.
    scratch: (site) => 4 * (attrOf(site).fftLength / 2 + 1) + 2 * attrOf(site).fftLength,
    cost: (site) => ({
      instructions:
        prices.points * attrOf(site).fftLength * Math.log2(attrOf(site).fftLength) * 0.5 +
        prices.weights * elements(site.inputs[2]!.shape) +
        prices.channels * elements(site.output.shape) +
        prices.samples * elements(site.inputs[0]!.shape),
    }),
  },
];
