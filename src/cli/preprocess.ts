/** Options that declare once how samples and frames become the input of a model. */
import { type Command, Option } from 'commander';
import { Problem } from '../support/problem.js';

/** One number, or one per channel, separated by commas. */
function numbers(option: string): (text: string) => number[] {
  return (text) => {
    const list = text.split(',').map(Number);
    if (!text.trim() || !list.every(Number.isFinite))
      throw new Problem(
        'option-invalid',
        `"${text}" is not a number or a list of numbers`,
        option,
        'e.g. 0.0078125 or 123.7,116.8,103.9',
      );
    return list;
  };
}

/** Height x width x channels; a configuration file may have a list. */
function frame(text: string): readonly [number, number, number] {
  const sizes = text.split(/[x,]/).map(Number);
  if (sizes.length === 3 && sizes.every((n) => Number.isInteger(n) && n > 0))
    return sizes as unknown as readonly [number, number, number];
  throw new Problem(
    'option-invalid',
    `"${text}" is not height x width x channels`,
    '--frame',
    'e.g. 120x160x3, or 96x96x1 for grey',
  );
}

/** Adds --scale, --mean, --frame, --layout, --resize, --colors and --model-colors. */
export const addPreprocessOptions = (command: Command): Command =>
  command
    .option(
      '--scale <numbers>',
      'of integer samples: real = (stored - mean) * scale, one or per channel',
      numbers('--scale'),
    )
    .option('--mean <numbers>', 'of integer samples, one or per channel', numbers('--mean'))
    .option(
      '--frame <sizes>',
      "height x width x channels of samples of bytes and of a camera's frames (default: of the input)",
      frame,
    )
    .addOption(
      new Option('--layout <order>', 'of samples and frames (default: nhwc with --frame, else as the input)').choices([
        'nhwc',
        'nchw',
      ]),
    )
    .addOption(
      new Option('--resize <how>', 'frames of another size than the input (default: bilinear)').choices([
        'nearest',
        'bilinear',
      ]),
    )
    .addOption(
      new Option('--colors <order>', 'of samples in arrays and of frames (default: rgb)').choices(['rgb', 'bgr']),
    )
    .addOption(new Option('--model-colors <order>', 'that the model takes (default: rgb)').choices(['rgb', 'bgr']));
