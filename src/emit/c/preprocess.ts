/** The optional function that turns a frame of bytes into a model input: the numbers of nn_frame.h, printed. */
import { levelsOf, toInput } from '../../data/feed.js';
import { type Conversion, isGrey, isResized, sizeOf, stepOf, strides } from '../../data/frame.js';
import { conversionOf, frameShape, type Preprocess } from '../../data/preprocess.js';
import { samplesOf } from '../../data/samples.js';
import { type Tensor, type TensorData, tensorBytes } from '../../ir/graph.js';
import type { CType, Layer } from '../../kernels/kernel.js';
import type { Plan } from '../../plan/plan.js';
import { Problem } from '../../support/problem.js';
import { arrayText, layerText } from '../layer.js';
import { cType } from './ports.js';

/** What a byte of a channel becomes: a number more, or what a table says, one for all channels or one for each. */
type Levels = { readonly more: number } | { readonly tables: readonly TensorData[] };

/** What is to be printed. */
export interface Prepared {
  readonly tensor: Tensor;
  readonly declared: Preprocess;
  readonly how: Conversion;
  readonly levels: Levels;
}

const same = (a: TensorData, b: TensorData): boolean => a.every((v, i) => v === b[i]);

function levelsFor(tensor: Tensor, declared: Preprocess): Levels {
  const tables = levelsOf(tensor, declared);
  const [first, ...others] = tables;
  if (!others.every((table) => same(table, first!))) return { tables };
  const more = first![0]!;
  return Number.isInteger(more) && first!.every((level, v) => level === v + more) ? { more } : { tables: [first!] };
}

/**
 * What a compiled model's input takes of a frame.
 * @throws Problem `preprocess-inputs` for models of several inputs; as `conversionOf` and `levelsOf`
 */
export function prepare(tensors: readonly Tensor[], declared: Preprocess): Prepared {
  const [tensor] = tensors;
  if (!tensor || tensors.length > 1)
    throw new Problem(
      'preprocess-inputs',
      `the model has ${tensors.length} inputs`,
      '--emit-preprocess',
      'a frame becomes one input; leave the option out',
    );
  return { tensor, declared, how: conversionOf(tensor, declared), levels: levelsFor(tensor, declared) };
}

/** What is declared of samples and frames, and the function, where it is asked for. */
export interface Declared {
  readonly declared: Preprocess;
  readonly function: Prepared | undefined;
}

/** @throws Problem as `prepare` */
export function preparedFor(
  { graph }: Plan,
  { preprocess = {}, emitPreprocess }: { preprocess?: Preprocess; emitPreprocess?: boolean },
): Declared {
  const inputs = graph.inputs.map((id) => graph.tensors[id]!);
  return { declared: preprocess, function: emitPreprocess ? prepare(inputs, preprocess) : undefined };
}

/** Bytes of constant tables. */
export const tableBytes = ({ tensor, levels }: Prepared): number =>
  'more' in levels ? 0 : levels.tables.length * tensorBytes({ shape: [256], type: tensor.type });
const prototype = (name: string, { tensor }: Prepared): string =>
  `void ${name}_preprocess(const uint8_t *frame, ${cType(tensor)} *input)`;

/** What the header tells. */
export function preprocessHeader(name: string, p: Prepared) {
  const { frame, input, swap, resize } = p.how;
  const macro = `${name}_frame`.toUpperCase();
  const size = (g: Conversion['frame']): string => `${g.height} x ${g.width} x ${g.channels}`;
  const said = [
    ...(isResized(p.how) ? [`resized (${resize})`] : []),
    ...(isGrey(p.how) ? ['made grey'] : []),
    ...(swap ? ['red and blue exchanged'] : []),
  ];
  return {
    prototype: prototype(name, p),
    comment: [
      `A frame of bytes (${size(frame)}${frame.planar ? ', channel after channel' : ''}) becomes the input`,
      `(${size(input)}): ${[...said, 'scaled and stored'].join(', ')}.`,
    ],
    defines: [
      `${macro}_HEIGHT ${frame.height}`,
      `${macro}_WIDTH ${frame.width}`,
      `${macro}_CHANNELS ${frame.channels}`,
      `${macro}_BYTES ${sizeOf(frame)}`,
    ],
  };
}

/** What the emitted test makes, byte for byte: pixels of a linear congruential generator. */
export function testFrame({ how }: Prepared, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: sizeOf(how.frame) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** The model input of a frame, as all commands make it of samples. */
export function preparedInput({ tensor, declared, how }: Prepared, pixels: Uint8Array): TensorData {
  const frame = samplesOf(pixels, { from: 'frame', count: 1, shape: frameShape(how.frame), type: 'u8' });
  return toInput(frame, tensor, declared)(0);
}

/** FNV-1a of the bytes, 32 bits. Source: G. Fowler, L. C. Noll, P. Vo. */
export function checksum(data: TensorData): number {
  let hash = 2166136261;
  for (const byte of new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  return hash;
}

/** What the emitted test compares with. */
export const frameChecksum = (p: Prepared): number => checksum(preparedInput(p, testFrame(p)));

/** As the enum of nn_frame.h. */
const resizing = { same: 0, nearest: 1, bilinear: 2 } as const;

function frameLayer({ how }: Prepared): Layer {
  const { frame, input, resize } = how;
  const { row, pixel, plane } = strides(frame);
  const isOne = frame.channels === 1;
  const steps = [stepOf(frame.height, input.height), stepOf(frame.width, input.width)];
  return {
    struct: 'nn_frame',
    fields: [
      { comment: 'resize', values: [resizing[isResized(how) ? resize : 'same']] },
      { comment: 'height, width', values: [frame.height, frame.width] },
      { comment: 'bytes to the next row, pixel', values: [row, pixel] },
      { comment: 'step down, to the right, in 1/65536', values: steps },
      { comment: 'bytes to the next channel', values: [isOne ? 0 : plane] },
      { comment: 'exchanged, grey', values: [Number(how.swap), Number(isGrey(how))] },
    ],
  };
}

function levelArray(name: string, tensor: Tensor, tables: readonly TensorData[]): string {
  const values = tables.flatMap((table) => Array.from(table));
  const layout = `[${tables.length > 1 ? `${tables.length} channels` : 'all channels'}][256 bytes] as the input stores them`;
  return arrayText({ name, type: cType(tensor) as CType, values, layout });
}

/** Constants and the function. */
export function preprocessText(name: string, p: Prepared): { constants: string; code: string } {
  const { tensor, how, levels } = p;
  const { input } = how;
  const to = strides(input);
  const [frame, table] = [`${name}_frame`, `${name}_levels`];
  const tables = 'tables' in levels ? levels.tables : [];
  const stored =
    'more' in levels
      ? `(${cType(tensor)})(value${levels.more ? ` ${levels.more < 0 ? '-' : '+'} ${Math.abs(levels.more)}` : ''})`
      : `${table}[${tables.length > 1 ? '256 * c + value' : 'value'}]`;
  return {
    constants: [...(tables.length ? [levelArray(table, tensor, tables)] : []), layerText(frameLayer(p), frame)].join(
      '\n',
    ),
    code: [
      prototype(name, p),
      '{',
      '    int32_t y, x, c;',
      `    for (y = 0; y < ${input.height}; ++y) {`,
      `        for (x = 0; x < ${input.width}; ++x) {`,
      `            for (c = 0; c < ${input.channels}; ++c) {`,
      `                const int32_t value = nn_frame_pixel(&${frame}, frame, y, x, c);`,
      `                input[y * ${to.row} + x * ${to.pixel} + c * ${to.plane}] = ${stored};`,
      '            }',
      '        }',
      '    }',
      '}',
    ].join('\n'),
  };
}
