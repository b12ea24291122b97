import { elements, type Graph, type Tensor, type TensorData } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import { integer, random } from '../../support/rng.js';
import { scaleOf, typeRange, zeroPoint } from '../quantised.js';
import type { BatchData } from './batch.js';

/** Where samples come from: `sample(i)` gives a typed array per graph input, in the input's own encoding. */
export interface SampleSource {
  readonly count: number;
  sample(index: number): readonly TensorData[];
  /** for messages */
  readonly from?: string;
}

/** Inputs of a graph as real numbers: what pruning and quantisation look at. No labels. */
export interface Calibration {
  readonly count: number;
  /** per graph input, [count, ...shape] */
  readonly inputs: readonly BatchData[];
  /** what a careful user should know; whole sentences */
  readonly warnings: readonly string[];
}

/** Squares of greater numbers, summed, leave the range of float. */
const mostReal = 1e12;
/** Below this the second moments of a layer are mostly noise. */
const fewest = 32;
const enough = 128;

export interface CalibrationOptions {
  /** samples taken at most; default 512 */
  readonly most?: number;
  readonly seed?: number;
}

/** The samples of these numbers. */
export function samplesAt(calibration: Calibration, numbers: readonly number[]): Calibration {
  const inputs = calibration.inputs.map((x) => {
    const size = x.length / calibration.count;
    const out = new Float32Array(numbers.length * size);
    numbers.forEach((n, i) => {
      out.set(x.subarray(n * size, (n + 1) * size), i * size);
    });
    return out;
  });
  return { ...calibration, count: numbers.length, inputs };
}

/** `count` different numbers below `of`, in rising order. */
function pick(count: number, of: number, seed: number): number[] {
  const next = random(seed);
  const all = Array.from({ length: of }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = integer(next, i, of - 1);
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all.slice(0, count).sort((a, b) => a - b);
}

function readInto(t: Tensor, data: TensorData | undefined, index: number, from: string, out: Float32Array): void {
  const size = elements(t.shape);
  if (!data || data.length !== size)
    throw new Problem(
      'calibration-shape',
      `sample ${index} has ${data?.length ?? 'no'} values for the input "${t.name}" of shape [${t.shape}]`,
      from,
      'give samples of the shape of the model input',
    );
  const [scale, zero] = [scaleOf(t), zeroPoint(t)];
  const range = t.type === 'f32' ? ([-mostReal, mostReal] as const) : typeRange(t.type);
  for (let i = 0; i < size; i++) {
    if (!(data[i]! >= range[0] && data[i]! <= range[1])) throw wrongValue(t, data[i]!, range, index, from);
    out[i] = (data[i]! - zero) * scale;
  }
}

function wrongValue(t: Tensor, value: number, [least, most]: readonly [number, number], index: number, from: string) {
  if (!Number.isFinite(value))
    return new Problem('calibration-not-finite', `sample ${index} holds NaN or infinity`, from, 'leave it out');
  const takes = t.type === 'f32' ? 'real numbers of a sensible size' : `${t.type} values from ${least} to ${most}`;
  return new Problem(
    'calibration-range',
    `sample ${index} holds ${value}, but the input "${t.name}" takes ${takes}`,
    from,
    'give samples in the encoding of the model input',
  );
}

function checkCount(count: number, from: string): string[] {
  if (count < fewest)
    throw new Problem(
      'calibration-few',
      `${count} calibration sample${count === 1 ? ' is' : 's are'} too few to prune by; at least ${fewest} are needed`,
      from,
      '256 are usual, 512 better; no labels are needed',
    );
  return count < enough ? [`${count} calibration samples are few: the accuracy suffers below ${enough}`] : [];
}

function checkVaries(graph: Graph, inputs: readonly BatchData[], from: string): void {
  inputs.forEach((x, i) => {
    const t = graph.tensors[graph.inputs[i]!]!;
    const size = elements(t.shape);
    for (let k = size; k < x.length; k++) if (x[k] !== x[k - size]) return;
    throw new Problem(
      'calibration-constant',
      `all samples are the same for the input "${t.name}"`,
      from,
      'give samples as the device will see them',
    );
  });
}

/**
 * Takes calibration samples: a seeded choice where there are more than needed, as real numbers.
 * @param graph quantised or float; its inputs say what stored samples mean
 * @throws Problem calibration-few, calibration-shape, calibration-range, calibration-not-finite, calibration-constant
 */
export function calibrationOf(graph: Graph, source: SampleSource, options: CalibrationOptions = {}): Calibration {
  const from = source.from ?? 'calibration data';
  const warnings = checkCount(source.count, from);
  const count = Math.min(source.count, Math.max(fewest, options.most ?? 512));
  const tensors = graph.inputs.map((id) => graph.tensors[id]!);
  const inputs = tensors.map((t) => new Float32Array(count * elements(t.shape)));
  pick(count, source.count, options.seed ?? 1).forEach((index, i) => {
    const sample = source.sample(index);
    tensors.forEach((t, k) => {
      const size = elements(t.shape);
      readInto(t, sample[k], index, from, inputs[k]!.subarray(i * size, (i + 1) * size));
    });
  });
  checkVaries(graph, inputs, from);
  return { count, inputs, warnings };
}
