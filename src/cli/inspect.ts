import type { Command } from 'commander';
import { type Inspection, inspect, inspectGraph, measureNoise } from '../inspect.js';
import type { Graph } from '../ir/graph.js';
import { addScaleOptions, readSource, type ScaleOptions } from './inputs.js';
import { type Model, modelOf } from './load.js';
import { collect } from './parse.js';
import { addQuantiseOptions, type QuantiseOptions, quantiseRequest } from './quantise.js';
import { shapesOf } from './shape.js';
import { type CommonOptions, color, count, print, printJson, table } from './terminal.js';

interface Options extends CommonOptions, ScaleOptions, QuantiseOptions {
  readonly model?: Model;
  readonly tensors?: boolean;
  readonly calibrate?: string[];
}

const percent = (part: number, all: number): string => (all ? `${((100 * part) / all).toFixed(1)} %` : '');

const decibels = (v: number | null | undefined): string => (v === null || v === undefined ? '-' : v.toFixed(1));

function layerRows(result: Inspection): string[] {
  const hasNoise = result.quantisation !== undefined;
  return table(
    [
      ...['#', 'layer', 'op', 'output', 'type', 'MACs', 'live MACs', 'weights', 'zeros'],
      ...(hasNoise ? ['SQNR own', 'in all'] : []),
    ],
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
      ...(hasNoise ? [decibels(l.sqnr?.own), decibels(l.sqnr?.total)] : []),
    ]),
  );
}

function settings({ quantisation: q }: Inspection): string[] {
  if (q === undefined) return [];
  if (q === null) return ['SQNR in dB, against the real numbers that the stored weights stand for'];
  const ways = [
    `ranges by ${q.ranges}`,
    ...(q.equalise ? ['channels equalised'] : []),
    ...(q.correctBias ? ['biases corrected'] : []),
    ...(q.real.length ? [`in float: ${q.real.join(', ')}`] : []),
  ];
  return [`SQNR in dB as ${q.precision}: ${ways.join(', ')}`];
}

function totals({ totals: t, inputs, outputs, ...rest }: Inspection): string[] {
  const port = (p: Inspection['inputs'][number]) =>
    `${p.name} ${p.shape.join('x')} ${p.type}${p.scale === undefined ? '' : `, scale ${p.scale}, zero point ${p.zeroPoint}`}`;
  return [
    ...inputs.map((p) => `input   ${port(p)}`),
    ...outputs.map((p) => `output  ${port(p)}`),
    `MACs    ${count(t.macs)}, ${count(t.liveMacs)} after exact simplification`,
    `weights ${count(t.weights)}, ${percent(t.weights - t.nonzero, t.weights)} zeros; ${count(t.liveWeights)} after exact simplification`,
    `dead or constant channels: ${count(t.removedChannels)}`,
    ...settings({ totals: t, inputs, outputs, ...rest }),
  ];
}

async function inspected(model: Model, options: Options): Promise<Inspection> {
  const { calibrate } = options;
  const samples = calibrate && ((graph: Graph) => readSource(graph, calibrate, options));
  const noise = { ...(samples && { samples }), ...quantiseRequest(options) };
  if (typeof model === 'string') return inspect(model, { ...shapesOf(options), ...noise });
  return inspectGraph(
    model,
    model.name,
    'network',
    samples && (await measureNoise(model, await samples(model), noise.quantise)),
  );
}

/** Adds `espalier inspect`. */
export function addInspect(program: Command, done: (code: number) => void): void {
  const command = program
    .command('inspect')
    .description('what is in a model: ops, shapes, parameters, MACs, quantisation, zeros, dead channels')
    .argument('[model]', 'model file; default: that of the configuration file');
  addQuantiseOptions(addScaleOptions(command))
    .option('--calibrate <file>', 'samples, no labels: tells signal over quantisation noise of every layer', collect)
    .option('--tensors', 'list all tensors too')
    .option('--json', 'print as JSON')
    .option('--quiet', 'print nothing but problems')
    .action(async (argument: string | undefined, options: Options) => {
      const result = await inspected(modelOf(argument, options), options);
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
