import { type Command, Option } from 'commander';
import type { CompileOptions, QuantiseRequest } from '../options.js';
import { rangeRules } from '../quantise/ranges.js';
import { given, realNumber } from './parse.js';

/** As commander gives them; `equalise` and `correctBias` undefined: where it helps. */
export type QuantiseOptions = QuantiseRequest;

/** Adds the options of quantisation to a command. */
export const addQuantiseOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--precision <what>',
        'of a float model (default: int8 with samples to calibrate by, else float32)',
      ).choices(['int8', 'int16x8', 'mixed', 'float32']),
    )
    .addOption(
      new Option('--ranges <rule>', 'how ranges of activations are found (default: auto, the best of them)').choices([
        'auto',
        ...rangeRules,
      ]),
    )
    .option('--equalise', 'scale channels between layers (default: where it helps)')
    .option('--no-equalise', 'never do that')
    .option('--correct-bias', 'let biases take back what rounding shifts (default: where it helps)')
    .option('--no-correct-bias', 'never do that')
    .option(
      '--sqnr <dB>',
      'of --precision mixed: signal over noise of the outputs (default: 30)',
      realNumber('--sqnr'),
    );

/** What the options ask for; nothing where none is given. */
export function quantiseRequest(options: QuantiseOptions): Pick<CompileOptions, 'quantise'> {
  const { precision, ranges, equalise, correctBias, sqnr } = options;
  const quantise = given({ precision, ranges, equalise, correctBias, sqnr });
  return Object.keys(quantise).length ? { quantise } : {};
}
