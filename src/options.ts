import { basename } from 'node:path';
import type { Dataset } from './data/dataset.js';
import { type Preprocess, preprocessArguments } from './data/preprocess.js';
import type { TensorData } from './ir/graph.js';
import type { SampleSource } from './ops/float/calibration.js';
import type { Budget } from './plan/fit.js';
import type { Objective } from './plan/select.js';
import type { QuantiseRequest as SettleRequest } from './quantise/choose.js';
import type { Progress } from './support/progress.js';
import type { TrainSettings } from './train/options.js';
import type { LabelledData } from './verify/accuracy.js';
import type { QemuOptions } from './verify/qemu.js';

/** What pruning is asked to do. */
export interface PruneRequest {
  /** `unstructured`, a block like `4x8`, `2:4`, or `auto`: what the target has kernels for; default auto */
  readonly pattern?: string;
  /** share of zeros over the layers that are pruned; absent: as much as the budget of `fit` needs */
  readonly sparsity?: number;
  /** share of the channels that are taken out before weights are pruned, 0 to below 1; needs samples */
  readonly channels?: number;
  /** samples in the encoding of the model's inputs, without labels; absent: scores that know no data */
  readonly samples?: SampleSource;
}

/** How a float model is to be stored; open questions are settled by calibration data. */
export type QuantiseRequest = Omit<SettleRequest, 'precision'> & {
  /** default int8 where there are samples to calibrate by, else float32 */
  readonly precision?: 'int8' | 'int16x8' | 'mixed' | 'float32';
};

/** What fine-tuning is asked to do. */
export interface FinetuneRequest extends TrainSettings {
  readonly data: Dataset;
  /** samples that choose the best epoch, or a share of `data`; default a tenth of it */
  readonly validation?: Dataset | number;
  /**
   * how zeros come: `frozen`, they are there from the start (default); `gradual`, along a cubic from the dense weights to the
   * zeros that pruning chose; `sr-ste`, chosen anew in every step, for n:m patterns. Instead of `masks`
   */
  readonly schedule?: 'frozen' | 'gradual' | 'sr-ste';
  /** a file in which training is kept after every epoch, and from which it goes on */
  readonly checkpoint?: string;
}

export interface CompileOptions {
  /** a name of `espalier targets`; default host */
  readonly target?: string;
  /** C identifier that prefixes all symbols; default made from the file name */
  readonly name?: string;
  /** what kernels are chosen for; size also makes one copy of each serve all layers; default balanced */
  readonly optimize?: Objective;
  /** stream rows and move tensors where that saves RAM; default: where the RAM would not do otherwise */
  readonly optimizeRam?: boolean;
  /** false leaves out the exact simplifications, to see what they do */
  readonly simplify?: boolean;
  /** sizes that the model leaves open: of inputs by name, or one of a symbolic dimension by its name */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** names of tensors that become further outputs */
  readonly tap?: readonly string[];
  /** golden vectors to write; default 4 */
  readonly vectors?: number;
  /** samples for the golden vectors, one array per graph input; default seeded random */
  readonly samples?: readonly (readonly TensorData[])[];
  /** how samples and frames become the input: recorded, and emitted on request; `samples` and `labelled` are past it */
  readonly preprocess?: Preprocess;
  /** also emit NAME_preprocess, which turns a frame of bytes into the input */
  readonly emitPreprocess?: boolean;
  /** labelled samples: accuracy of the model and of the compiled one */
  readonly labelled?: LabelledData;
  readonly seed?: number;
  /** memories that the result must fit into; default those of the target; null = not limited */
  readonly fit?: Partial<Budget>;
  readonly prune?: PruneRequest;
  /** of a float model; needs `prune.samples` for all but float32 */
  readonly quantise?: QuantiseRequest;
  /** training of the whole float model, before all else: of one that has only been described, say */
  readonly train?: FinetuneRequest;
  /** training after pruning, with what is 0 kept 0 */
  readonly finetune?: FinetuneRequest;
  /** points of accuracy that the result may lose against the model; needs `labelled` */
  readonly maxDrop?: number;
  /** build with the target's toolchain and count under QEMU: measured figures in the report */
  readonly measure?: boolean | QemuOptions;
  /** wait states of flash per line, for the estimate of cycles; default 0 */
  readonly waitStates?: number;
  /** also report what speed, balanced and size would each give */
  readonly variants?: boolean;
  /** also WebAssembly as text, NAME.wat */
  readonly wat?: boolean;
  /** false leaves out report.html */
  readonly html?: boolean;
  /** folder for the graph after each stage and the memory plan */
  readonly dump?: string;
  readonly progress?: Progress;
}

/** A C identifier from a file name. */
export function cName(fileName: string): string {
  const name = basename(fileName)
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return /^[a-z]/.test(name) ? name : `model_${name}`;
}

/** A budget as `--fit` reads it; undefined where nothing is limited. */
function fitText({ flash, ram, cycles }: Partial<Budget>): string | undefined {
  const parts = [flash && `flash=${flash}`, ram && `ram=${ram}`, cycles && `latency=${cycles}us@1MHz`].filter(Boolean);
  return parts.length ? `--fit ${parts.join(',')}` : undefined;
}

const quantiseText = ({ precision, ranges, equalise, correctBias, sqnr }: QuantiseRequest = {}) => [
  precision && `--precision ${precision}`,
  ranges && `--ranges ${ranges}`,
  equalise !== undefined && (equalise ? '--equalise' : '--no-equalise'),
  correctBias !== undefined && (correctBias ? '--correct-bias' : '--no-correct-bias'),
  sqnr !== undefined && `--sqnr ${sqnr}`,
];

/** The options that shape the output, as a command line: part of the banner. */
export function optionText(o: CompileOptions): string {
  const words = [
    `--target ${o.target ?? 'host'}`,
    o.optimize && `--optimize ${o.optimize}`,
    o.optimizeRam && '--optimize-ram',
    o.simplify === false && '--no-simplify',
    ...Object.entries(o.shapes ?? {}).map(([name, sizes]) => `--shape ${name}=${sizes}`),
    ...(o.tap ?? []).map((t) => `--tap ${t}`),
    o.prune?.sparsity !== undefined && `--sparsity ${o.prune.sparsity}`,
    o.prune?.channels !== undefined && `--channels ${o.prune.channels}`,
    o.prune?.pattern && `--pattern ${o.prune.pattern}`,
    ...quantiseText(o.quantise),
    o.train && `--train ${o.train.epochs}`,
    o.finetune && `--finetune ${o.finetune.epochs}`,
    o.prune && o.fit && fitText(o.fit),
    o.seed !== undefined && `--seed ${o.seed}`,
    ...(o.emitPreprocess ? [...preprocessArguments(o.preprocess ?? {}), '--emit-preprocess'] : []),
  ];
  return words.filter(Boolean).join(' ');
}

/** The options as the report tells them, defaults included. */
export const reportedOptions = (o: CompileOptions) => ({
  optimize: o.optimize ?? 'balanced',
  optimizeRam: o.optimizeRam ?? false,
  simplify: o.simplify ?? true,
  tap: o.tap ?? [],
  seed: o.seed ?? 1,
  waitStates: o.waitStates ?? 0,
  fit: o.fit ?? null,
  sparsity: o.prune?.sparsity ?? null,
  pattern: o.prune ? (o.prune.pattern ?? 'auto') : null,
  channels: o.prune?.channels ?? null,
  precision: o.quantise?.precision ?? null,
  train: o.train?.epochs ?? null,
  finetune: o.finetune?.epochs ?? null,
  maxDrop: o.maxDrop ?? null,
  emitPreprocess: o.emitPreprocess ?? false,
});
