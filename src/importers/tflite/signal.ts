import { elements, type TensorId } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import { flexOption } from './flex.js';
import type { Operator } from './operator.js';
import { CONCATENATION, STRIDED_SLICE } from './schema.js';
import type { Code } from './variables.js';

const custom = (name: string): string => `CUSTOM "Signal${name}"`;

/** What TensorFlow Lite Micro's audio preprocessor is made of, each reading what the one before it writes. */
const parts: readonly string[] = [
  custom('Window'),
  'RESHAPE',
  ...['FftAutoScale', 'Rfft', 'Energy'].map(custom),
  ...['CAST', 'STRIDED_SLICE', 'CONCATENATION', 'CAST'],
  ...['FilterBank', 'FilterBankSquareRoot', 'FilterBankSpectralSubtraction', 'PCAN', 'FilterBankLog'].map(custom),
];
const kinds = new Set(parts.filter((kind) => kind.startsWith('CUSTOM')));

/** Operators that are understood in one chain only. */
export const isSignalKind = (kind: string): boolean => kinds.has(kind);

/** Which result of which part goes to which input of which one, the straight line aside. */
const sideways = [
  { from: 2, output: 1, to: 10, input: 1 },
  { from: 11, output: 1, to: 12, input: 1 },
] as const;

const isConcatenation = (part: number): boolean => parts[part] === 'CONCATENATION';

/** The chain that begins with operator `first`: numbers of its operators. @throws Problem `op-unsupported` */
function chainFrom(first: number, operators: readonly Code[], outputs: readonly number[]): number[] {
  const chain = [first];
  const refuse = (at: number, message: string): Problem => {
    const hint = `a chain of ${parts.map((p) => p.replace(/CUSTOM "|"/g, '')).join(', ')} is supported`;
    return new Problem('op-unsupported', message, `op #${at} ${operators[at]!.kind}`, hint);
  };
  /** Operators that read a tensor; -1 where it is a result of the model. */
  const users = (tensor: number | undefined): number[] => [
    ...operators.flatMap(({ row }, i) => (tensor !== undefined && row.inputs.includes(tensor) ? [i] : [])),
    ...(tensor !== undefined && outputs.includes(tensor) ? [-1] : []),
  ];
  for (let part = 1; part < parts.length; part++) {
    const before = chain.at(-1)!;
    const result = operators[before]!.row.outputs[0];
    const [next, ...others] = users(result);
    const follows = next !== undefined && operators[next]?.kind === parts[part] && others.length === 0;
    if (!follows || operators[next]!.row.inputs[isConcatenation(part) ? 1 : 0] !== result)
      throw refuse(before, `is supported where its result goes to ${parts[part]} only`);
    chain.push(next);
  }
  for (const { from, output, to, input } of sideways) {
    const result = operators[chain[from]!]!.row.outputs[output];
    const isRight = operators[chain[to]!]!.row.inputs[input] === result && users(result).length === 1;
    if (!isRight) throw refuse(chain[from]!, `is supported where its second result goes to ${parts[to]} only`);
  }
  return chain;
}

/**
 * The chains of signal operators by every operator in them.
 * @param outputs tensors that the model gives
 * @throws Problem `op-unsupported` for signal operators that are in none
 */
export function chainsOf(
  operators: readonly Code[],
  outputs: readonly number[],
): ReadonlyMap<number, readonly number[]> {
  const chains = new Map<number, readonly number[]>();
  operators.forEach(({ kind }, i) => {
    if (kind !== parts[0]) return;
    const chain = chainFrom(i, operators, outputs);
    for (const member of chain) chains.set(member, chain);
  });
  const lost = operators.findIndex(({ kind }, i) => isSignalKind(kind) && !chains.has(i));
  if (lost >= 0) {
    const where = `op #${lost} ${operators[lost]!.kind}`;
    throw new Problem('op-unsupported', `is supported in a chain that begins with ${parts[0]} only`, where);
  }
  return chains;
}

/** The bins that a slice leaves; zeros take the place of the others again. @throws Problem `op-unsupported` */
function checkZeros(slice: Operator, zeros: Operator, bins: readonly [number, number], all: number): void {
  const masks = Object.values(slice.options(STRIDED_SLICE));
  const given = [1, 2, 3].map((i) => Array.from(slice.constant(i, 'the slice')).join());
  if (masks.some((mask) => mask !== 0) || `${given}` !== `${[...bins, 1]}`)
    throw slice.problem('op-unsupported', 'is supported where it takes the bins whose energy is computed only');
  const { axis, act } = zeros.options(CONCATENATION);
  const ends = [0, 2].map((i) => zeros.constant(i, 'what stands in for the other bins'));
  const fits = zeros.inputCount === 3 && axis === 0 && act === 0 && ends[0]!.length === bins[0];
  if (!fits || ends[1]!.length !== all - bins[1] || ends.some((data) => data.some((v) => v !== 0)))
    throw zeros.problem('op-unsupported', 'is supported where it puts zeros around the bins only');
}

const types: readonly (readonly [part: number, type: string])[] = [
  [0, 'INT16'],
  [3, 'INT16'],
  [5, 'UINT32'],
  [8, 'INT32'],
  [9, 'UINT32'],
  [10, 'UINT64'],
  [13, 'UINT32'],
];

/**
 * One node of a whole chain.
 * @throws Problem where the chain is put together in another way
 */
export function audioFeatures(ops: readonly Operator[]): void {
  for (const [part, type] of types)
    if (ops[part]!.givenType(0) !== type)
      throw ops[part]!.problem('type-unsupported', `works on ${ops[part]!.givenType(0)} instead of ${type}`);
  const option = (part: number, key: string): number => flexOption(ops[part]!, key);
  const fftLength = option(3, 'fft_length');
  const bins = [option(4, 'start_index'), option(4, 'end_index')] as const;
  checkZeros(ops[6]!, ops[7]!, bins, fftLength / 2 + 1);
  const constant = (part: number, i: number): TensorId => {
    ops[part]!.constant(i, `input ${i}`);
    return ops[part]!.input(i);
  };
  const constants = [constant(0, 1), ...[1, 2, 3, 4, 5].map((i) => constant(9, i)), constant(12, 2)];
  const log = ops[13]!;
  const y = log.output();
  const channels = elements(log.tensor(y).shape);
  if (option(9, 'num_channels') !== channels || option(11, 'num_channels') !== channels)
    throw log.problem('op-shape', `writes ${channels} channels, which its filter bank has not`);
  const attr = {
    windowShift: option(0, 'shift'),
    ...{ fftLength, bins },
    smoothing: [option(11, 'smoothing'), option(11, 'alternate_smoothing')] as const,
    oneMinusSmoothing: [option(11, 'one_minus_smoothing'), option(11, 'alternate_one_minus_smoothing')] as const,
    minSignalRemaining: option(11, 'min_signal_remaining'),
    smoothingBits: option(11, 'smoothing_bits'),
    subtractionBits: option(11, 'spectral_subtraction_bits'),
    clamping: option(11, 'clamping') !== 0,
    snrShift: option(12, 'snr_shift'),
    outputScale: option(13, 'output_scale'),
    correctionBits: option(13, 'input_correction_bits'),
  };
  const noise = log.ownState({ shape: [channels], type: 's32' }, 'noise');
  log.emitMany('audio_features', attr, [ops[0]!.input(0), ...constants, noise.before], [y, noise.after]);
}
