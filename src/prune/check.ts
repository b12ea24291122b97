import type { Graph } from '../ir/graph.js';
import { Problem } from '../support/problem.js';
import type { Choices } from './allocate.js';
import type { Pruned } from './apply.js';
import type { ChannelGoal } from './channels.js';
import { layersOf } from './layers.js';
import type { PruneOptions } from './options.js';
import { checkPattern, type Pattern, patternText } from './pattern.js';
import type { Trace } from './trace.js';

const wrong = (code: string, message: string, where: string, hint?: string): Problem =>
  new Problem(code, message, where, hint);

function checkShare(value: number, where: string): void {
  if (!Number.isFinite(value) || value < 0 || value > 1)
    throw wrong(
      'sparsity-range',
      `a share of zeros of ${value} is none`,
      where,
      value > 1 && value < 100 ? `say ${value / 100} for ${value} %` : 'give a number from 0 to below 1',
    );
  if (value === 1) throw wrong('sparsity-all', 'nothing would be left', where, 'give a number below 1');
}

/** @throws Problem unless the goal says how many channels go */
export function checkGoal(goal: ChannelGoal): void {
  if ('removed' in goal) checkShare(goal.removed, 'channelSparsity');
  const share = 'macs' in goal ? goal.macs : 1;
  if (!Number.isFinite(share) || share <= 0 || share > 1)
    throw wrong(
      'share-range',
      `a share of ${share} of the multiply-accumulates cannot stay`,
      'channels',
      share > 1 && share <= 100 ? `say ${share / 100} for ${share} %` : 'give a number above 0, up to 1',
    );
}

/** @throws Problem unless channel counts can be multiples of this */
export function checkMultiple(multiple: number): void {
  if (!Number.isInteger(multiple) || multiple < 1 || multiple > 256)
    throw wrong(
      'multiple-range',
      `channels cannot come in multiples of ${multiple}`,
      'channelMultiple',
      'give 1 to 256',
    );
}

function checkNames(graph: Graph, names: readonly string[]): void {
  const known = new Map(layersOf(graph).map((l) => [l.name, l]));
  const missing = names.find((name) => !known.has(name));
  if (missing !== undefined)
    throw wrong(
      'layer-unknown',
      `there is no layer "${missing}" with weights`,
      'layers',
      `known: ${[...known.keys()].join(', ')}`,
    );
}

function checkContradictions(o: PruneOptions, pattern: Pattern): void {
  if (o.table && o.sparsity !== undefined)
    throw wrong('options-contradict', 'a share for all layers and a table of shares', 'sparsity', 'give one of them');
  if (pattern.kind === 'nm' && o.sparsity !== undefined && o.sparsity > 0) {
    const share = 1 - pattern.n / pattern.m;
    if (Math.abs(o.sparsity - share) > 0.005)
      throw wrong(
        'options-contradict',
        `${patternText(pattern)} leaves ${share} zeros, not ${o.sparsity}`,
        'sparsity',
        'leave the share out',
      );
  }
  if ((o.method === 'obs' || o.reconstruct) && !o.calibration)
    throw wrong(
      'calibration-missing',
      'second-order pruning and reconstruction need calibration data',
      'calibration',
      'no labels are needed, 256 samples do',
    );
  if (o.method === 'lamp' && o.allocation === 'uniform')
    throw wrong(
      'options-contradict',
      'LAMP is a way to spread zeros over layers, uniform is another',
      'allocation',
      'use magnitude',
    );
}

/** @throws Problem naming the option that makes no sense */
export function checkOptions(graph: Graph, o: PruneOptions, pattern: Pattern): void {
  checkPattern(pattern);
  if (o.sparsity !== undefined) checkShare(o.sparsity, 'sparsity');
  for (const [name, share] of Object.entries(o.table ?? {})) checkShare(share, `layer "${name}"`);
  checkContradictions(o, pattern);
  checkNames(graph, [...(o.layers ?? []), ...Object.keys(o.table ?? {})]);
  if (o.sparsity === undefined && !o.table && pattern.kind !== 'nm')
    throw wrong('sparsity-missing', 'how many zeros?', 'sparsity', 'give a share like 0.8');
  if (!o.layers && !o.table && !layersOf(graph).some((l) => l.byDefault))
    throw wrong(
      'nothing-to-prune',
      'the model has no layer that is pruned by default',
      graph.name,
      'name layers to prune',
    );
}

/** @throws Problem where a choice names no layer of the trace, or a pattern that was not traced for it */
export function checkChoices(t: Trace, choices: Choices): void {
  for (const [name, { pattern, level }] of choices) {
    const layer = t.layers.find((l) => l.layer.name === name);
    if (!layer) throw wrong('layer-unknown', `the trace has no layer "${name}"`, 'choices');
    if (!layer.rankings.has(patternText(pattern)))
      throw wrong(
        'pattern-unfit',
        `the pattern ${patternText(pattern)} does not fit or was not traced`,
        `layer "${name}"`,
      );
    checkShare(level, `layer "${name}"`);
  }
}

/** @throws Problem where a layer holds nothing but zeros, or a weight is not finite */
export function checkResult(result: Pruned): Pruned {
  const empty = result.layers.find((l) => l.zeros === l.weights && l.zeros > l.zerosBefore);
  if (empty)
    throw wrong('layer-emptied', 'nothing would be left of this layer', `layer "${empty.name}"`, 'ask for fewer zeros');
  for (const t of result.graph.tensors)
    if (t.data && !t.data.every(Number.isFinite))
      throw wrong(
        'weights-not-finite',
        'solving for the weights left the range of numbers',
        `tensor "${t.name}"`,
        'look at the range of the calibration data',
      );
  return result;
}
