import { type Command, CommanderError, type Option } from 'commander';
import type { Config } from '../config/config.js';
import { findConfig, loadConfig } from '../config/load.js';
import { nearest } from '../config/nearest.js';
import { Problem } from '../support/problem.js';
import { collect, fromConfig } from './parse.js';

/** What no command line can hold; commands find it among their options. */
const own = ['model', 'dataset', 'augment', 'preprocess'] as const;

/** Adds --config to a command that works on a model. */
export const addConfigOption = (command: Command): Command =>
  command
    .option('--config <file>', 'options, dataset and model from this file (default: espalier.config.js|mjs|ts|json)')
    .option('--no-config', 'read no such file');

/** --config FILE, --config=FILE, `false` for --no-config. */
function asked(argv: readonly string[]): string | false | undefined {
  if (argv.includes('--no-config')) return false;
  const at = argv.findLastIndex((a) => a === '--config' || a.startsWith('--config='));
  return at < 0 ? undefined : argv[at] === '--config' ? argv[at + 1] : argv[at]!.slice('--config='.length);
}

const optionNames = (program: Command): string[] => [
  ...own,
  ...new Set(program.commands.flatMap((c) => c.options.map((o) => o.attributeName())).filter((n) => n !== 'config')),
];

const declarable = ['scale', 'mean', 'frame', 'layout', 'resize', 'colors', 'modelColors'];

/** @throws Problem `config-value` for what is no object of options of preprocessing */
function checkPreprocess({ preprocess }: Config, path: string): void {
  if (preprocess === undefined) return;
  const isObject = typeof preprocess === 'object' && preprocess !== null;
  const unknown = isObject ? Object.keys(preprocess).find((key) => !declarable.includes(key)) : '';
  if (unknown !== undefined)
    throw new Problem(
      'config-value',
      isObject ? `"preprocess" has no "${unknown}"` : '"preprocess" is no object',
      path,
      `it holds ${declarable.join(', ')}`,
    );
}

function checkKeys(config: Config, program: Command, path: string): void {
  const known = optionNames(program);
  const unknown = Object.keys(config).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new Problem(
      'config-key',
      `there is no option "${unknown}"`,
      path,
      `did you mean "${nearest(unknown, known)}"?`,
    );
  checkPreprocess(config, path);
  for (const key of ['dataset', 'augment'] as const)
    if (config[key] !== undefined && typeof config[key] !== 'function')
      throw new Problem('config-value', `"${key}" is no function`, path, 'JSON cannot hold one: use .mjs or .ts');
  const { model } = config;
  const isGraph = typeof model === 'object' && Array.isArray(model?.nodes) && Array.isArray(model?.tensors);
  if (model !== undefined && typeof model !== 'string' && !isGraph)
    throw new Problem('config-value', '"model" is neither a path nor a graph', path, 'end the network with .build()');
}

/** A value as it would be written on the command line. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.map(textOf).join(',');
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value)
    .map(([key, v]) => `${key}=${textOf(v)}`)
    .join(',');
}

/** The value of an option as its own parser makes it. */
function parsed(option: Option, value: unknown): unknown {
  if (option.isBoolean() || option.negate) return typeof value === 'boolean' ? value : undefined;
  const parse = option.parseArg as ((text: string, before: unknown) => unknown) | undefined;
  if (parse === (collect as unknown)) {
    const list = Array.isArray(value) ? value : [value];
    return fromConfig(list.map(String));
  }
  const text = textOf(value);
  return text === undefined || !parse ? text : parse(text, undefined);
}

function setOption(command: Command, key: string, value: unknown, path: string): void {
  // `--optimize-ram` and `--no-optimize-ram` are two options of one name
  const option = command.options.find((o) => o.attributeName() === key);
  if (!option || value === undefined) return;
  const place = `${path}, ${key}`;
  const wrong = (message: string): Problem => new Problem('config-value', message, place, `as ${option.flags}`);
  try {
    const result = parsed(option, value);
    if (result === undefined) throw wrong(`cannot be ${JSON.stringify(value)}`);
    command.setOptionValueWithSource(key, result, 'config');
  } catch (error) {
    if (error instanceof CommanderError) throw wrong(error.message);
    if (error instanceof Problem && error.code !== 'config-value')
      throw new Problem(error.code, error.message, place, error.hint);
    throw error;
  }
}

/**
 * Gives the command that is called the options of the configuration file: the one that --config names, else that of the
 * working folder. What stands on the command line wins, as it is read later.
 * @throws Problem `config-key`, `config-value`; as `findConfig`, `loadConfig` and the parsers of the options
 */
export async function configure(program: Command, argv: readonly string[]): Promise<void> {
  const command = program.commands.find((c) => c.name() === argv[2]);
  const takesOne = command?.options.some((o) => o.attributeName() === 'config');
  if (!command || !takesOne || argv.includes('--help') || argv.includes('-h')) return;
  const named = asked(argv);
  const path = named === undefined ? findConfig('.') : named;
  if (!path) return;
  const config = await loadConfig(path);
  checkKeys(config, program, path);
  const takesModel = command.registeredArguments[0]?.required === false;
  for (const key of own)
    if (takesModel && config[key] !== undefined) command.setOptionValueWithSource(key, config[key], 'config');
  for (const [key, value] of Object.entries({ ...config.preprocess, ...config }))
    if (!(own as readonly string[]).includes(key)) setOption(command, key, value, path);
}
