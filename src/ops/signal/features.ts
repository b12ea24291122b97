import { elements, type NodeOf, newData, type Tensor, type TensorData } from '../../ir/graph.js';
import type { OpDef, Value } from '../op.js';
import { demand, demandType } from '../validate.js';
import { bandSums, logarithm, logTable, normalise, root, subtractNoise } from './bands.js';
import { energies } from './spectrum.js';

type Features = NodeOf<'audio_features'>;

/** Values of the gain's table: 3 for the least levels, then 4 for each power of two. */
export const gainValues = 125;

const within = (v: number, least: number, most: number): boolean => Number.isInteger(v) && v >= least && v <= most;

function checkAttributes({ attr, ...node }: Features): void {
  const fits =
    [attr.windowShift, attr.smoothingBits, attr.subtractionBits, attr.snrShift, attr.correctionBits].every((v) =>
      within(v, 0, 31),
    ) &&
    [...attr.smoothing, ...attr.oneMinusSmoothing, attr.minSignalRemaining, attr.outputScale].every((v) =>
      within(v, 0, 2 ** 31 - 1),
    );
  demand(node, fits, 'op-attribute', 'a shift is not within 0 and 31, or a factor is negative');
  const { fftLength, bins } = attr;
  const isPower = within(fftLength, 8, 2 ** 14) && (fftLength & (fftLength - 1)) === 0;
  demand(
    node,
    isPower,
    'op-attribute',
    `a transform over ${fftLength} points; powers of two from 8 to 16384 are supported`,
  );
  const [first, end] = bins;
  const areBins = within(first, 0, end) && within(end, first, fftLength / 2 + 1);
  demand(node, areBins, 'op-attribute', `bins ${first} to ${end} of ${fftLength / 2 + 1}`);
}

/** Every band must lie within the energies and the weights. */
function checkBands(node: Features, [weights, unweights, starts, weightStarts, widths]: readonly Tensor[]): number {
  const count = starts!.data!.length;
  const bins = node.attr.fftLength / 2 + 1;
  const fits =
    count > 1 &&
    [weightStarts, widths].every((t) => t!.data!.length === count) &&
    weights!.data!.length === unweights!.data!.length &&
    Array.from(widths!.data!).every((width, c) => {
      const [from, at] = [starts!.data![c]!, weightStarts!.data![c]!];
      return from >= 0 && at >= 0 && width >= 0 && from + width <= bins && at + width <= weights!.data!.length;
    });
  demand(node, fits, 'op-shape', 'its bands do not lie within the energies and the weights');
  return count - 1;
}

/** From a frame of sound to the logarithm of its bands, as TensorFlow Lite Micro's signal operators in a row. */
export const audioFeatures: OpDef<'audio_features'> = {
  inputs: [9, 9],
  outputs: [2, 2],
  infer(node, inputs, outputs) {
    const [x, window] = inputs as [Tensor, Tensor];
    const [noise, constants] = [inputs[8]!, inputs.slice(1, 8)];
    for (const t of [x, ...constants, outputs[0]!]) demandType(node, `"${t.name}"`, t, ['s16']);
    for (const t of [noise, outputs[1]!]) demandType(node, `"${t.name}"`, t, ['s32']);
    for (const t of constants) demand(node, t.data !== undefined, 'op-type', `"${t.name}" must be constant`);
    checkAttributes(node);
    const samples = elements(x.shape);
    const isFrame = elements(window.shape) === samples && samples <= node.attr.fftLength;
    demand(node, isFrame, 'op-shape', `${samples} samples, a window of ${elements(window.shape)}`);
    const channels = checkBands(node, constants.slice(1, 6));
    const rest = elements(noise.shape) === channels && elements(inputs[7]!.shape) === gainValues;
    demand(node, rest, 'op-shape', `noise [${noise.shape}] and gains [${inputs[7]!.shape}] for ${channels} bands`);
    return [[channels], noise.shape];
  },
  run({ attr }, inputs: readonly Value[]): TensorData[] {
    const [x, window, ...others] = inputs.map((t) => t.data) as [TensorData, TensorData, ...TensorData[]];
    const [gains, before] = [others[5]!, others[6]!];
    const { energy, shift } = energies(x, window, attr);
    const sums = bandSums(energy, others.slice(0, 5));
    const [y, after, table] = [newData('s16', sums.length), newData('s32', sums.length), logTable()];
    sums.forEach((sum, c) => {
      const { signal, noise } = subtractNoise(root(sum) >>> shift, before[c]! >>> 0, c, attr);
      y[c] = logarithm(normalise(signal, noise, gains, attr.snrShift), attr, table);
      after[c] = noise;
    });
    return [y, after];
  },
  macs: ({ attr }, [x, , weights]) =>
    elements(x!.shape) + 2 * attr.fftLength * Math.log2(attr.fftLength) + 2 * elements(weights!.shape),
};
