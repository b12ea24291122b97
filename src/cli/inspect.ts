import type { Command } from 'commander';
import { type Inspection, inspect, inspectGraph } from '../inspect.js';
import { type Model, modelOf } from './load.js';
import { addShapeOption, type ShapeOptions, shapesOf } from './shape.js';
import { type CommonOptions, color, count, print, printJson, table } from './terminal.js';

interface Options extends CommonOptions, ShapeOptions {
  readonly model?: Model;
  readonly tensors?: boolean;
}

const percent = (part: number, all: number): string => (all ? `${((100 * part) / all).toFixed(1)} %` : '');

function layerRows(result: Inspection): string[] {
  return table(
    ['#', 'layer', 'op', 'output', 'type', 'MACs', 'live MACs', 'weights', 'zeros'],
    result.layers.map((l, i) => [
      `${i}`,
      l.name,
      l.op,
      l.outputShape.join('x'),
      l.type,
      count(l.macs),
      l.liveMacs === null ? '-' : count(l.liveMacs),
      count(l.weights),
      percent(l.weights - l.nonzero, l.weights),
    ]),
  );
}

function totals({ totals: t, inputs, outputs }: Inspection): string[] {
  const port = (p: Inspection['inputs'][number]) =>
    `${p.name} ${p.shape.join('x')} ${p.type}${p.scale === undefined ? '' : `, scale ${p.scale}, zero point ${p.zeroPoint}`}`;
  return [
    ...inputs.map((p) => `input   ${port(p)}`),
    ...outputs.map((p) => `output  ${port(p)}`),
    `MACs    ${count(t.macs)}, ${count(t.liveMacs)} after exact simplification`,
    `weights ${count(t.weights)}, ${percent(t.weights - t.nonzero, t.weights)} zeros; ${count(t.liveWeights)} after exact simplification`,
    `dead or constant channels: ${count(t.removedChannels)}`,
  ];
}

/** Adds `espalier inspect`. */
export function addInspect(program: Command, done: (code: number) => void): void {
  const command = program
    .command('inspect')
    .description('what is in a model: ops, shapes, parameters, MACs, quantisation, zeros, dead channels')
    .argument('[model]', 'model file; default: that of the configuration file');
  addShapeOption(command)
    .option('--tensors', 'list all tensors too')
    .option('--json', 'print as JSON')
    .option('--quiet', 'print nothing but problems')
    .action(async (argument: string | undefined, options: Options) => {
      const model = modelOf(argument, options);
      const result =
        typeof model === 'string'
          ? await inspect(model, shapesOf(options))
          : inspectGraph(model, model.name, 'network');
      if (options.json) printJson(result);
      else if (!options.quiet) {
        print(...layerRows(result), '', color.bold(result.name), ...totals(result));
        if (options.tensors)
          print(
            '',
            ...table(
              ['#', 'tensor', 'shape', 'type', 'constant'],
              result.tensors.map((t, i) => [`${i}`, t.name, t.shape.join('x'), t.type, t.constant ? 'yes' : '']),
            ),
          );
      }
      done(0);
    });
}
