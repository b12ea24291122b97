/** Frames of sound to loudness in bands: loud and quiet, every radix of the transform, odd shapes of bands. */
import type { AudioFeatures, Graph, Node, Tensor } from '../../src/ir/graph.js';
import { integer, random } from '../../src/support/rng.js';
import type { GridCase } from './grid.js';

const next = random(29);

const shorts = (name: string, values: readonly number[]): Tensor => ({
  ...{ name, shape: [values.length], type: 's16' },
  data: Int16Array.from(values),
});
const many = (count: number, least: number, most: number): number[] =>
  Array.from({ length: count }, () => integer(next, least, most));

const usual: Omit<AudioFeatures, 'fftLength' | 'bins'> = {
  windowShift: 12,
  smoothing: [409, 983],
  oneMinusSmoothing: [15975, 15401],
  minSignalRemaining: 819,
  smoothingBits: 10,
  subtractionBits: 14,
  clamping: false,
  snrShift: 6,
  outputScale: 64,
  correctionBits: 3,
};

/** @param widths of the bands, the first of which only begins the second */
function features(samples: number, fftLength: number, widths: readonly number[], more: Partial<AudioFeatures>): Graph {
  const bins = fftLength / 2 + 1;
  const channels = widths.length - 1;
  const weightStarts = widths.map((_, c) => widths.slice(0, c).reduce((n, w) => n + w, 0));
  const count = widths.reduce((n, w) => n + w, 0);
  const noise: Tensor = { name: 'noise', shape: [channels], type: 's32' };
  const tensors: Tensor[] = [
    { name: 'x', shape: [1, samples], type: 's16' },
    shorts('window', many(samples, -5000, 32767)),
    shorts('weights', many(count, 0, 4096)),
    shorts('unweights', many(count, -40, 4096)),
    shorts(
      'starts',
      widths.map((w) => integer(next, 0, bins - w)),
    ),
    shorts('weight_starts', weightStarts),
    shorts('widths', widths),
    shorts('gains', many(125, -32768, 32767)),
    noise,
    { name: 'y', shape: [channels], type: 's16' },
    noise,
  ];
  const attr: AudioFeatures = { ...usual, fftLength, bins: [1, bins - 1], ...more };
  const node = { op: 'audio_features', attr, in: [0, 1, 2, 3, 4, 5, 6, 7, 8], out: [9, 10] };
  const nodes = [{ name: 'features', from: 'features', ...node } as unknown as Node];
  return { name: 'features', tensors, nodes, inputs: [0, 8], outputs: [9] };
}

export const signalCases: readonly GridCase[] = [
  { name: 'audio features, loud', graph: features(30, 32, [2, 3, 0, 5], {}) },
  { name: 'audio features, a step of radix 2', graph: features(15, 16, [1, 4], { bins: [0, 9] }) },
  { name: 'audio features, least transform', graph: features(8, 8, [1, 2, 2], { bins: [0, 5], correctionBits: 0 }) },
  {
    name: 'audio features, quiet',
    graph: features(100, 128, [4, 6, 8, 9, 12], { windowShift: 24, clamping: true, snrShift: 10 }),
  },
  {
    name: 'audio features, steep',
    graph: features(256, 256, [20, 60, 7, 30], { windowShift: 18, outputScale: 2000, smoothingBits: 3 }),
  },
];
