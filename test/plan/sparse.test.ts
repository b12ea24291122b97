/** Zeros among the weights: sparse kernels are chosen where they are faster or smaller, and not otherwise. */
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../src/ir/graph.js';
import { type Objective, selectKernels } from '../../src/plan/select.js';
import { loadTarget } from '../../src/plan/target.js';
import { integer, random } from '../../src/support/rng.js';
import { net, perAxis, quant } from '../support/net.js';

/** A 1x1 convolution and what it is made of. */
interface Layer {
  readonly type: 's8' | 'f32';
  /** does weight k of a channel stay? */
  readonly stays: (k: number, next: () => number) => boolean;
}

const single = (share: number) => (_: number, next: () => number) => next() >= share;
/** Every second one: two of every four. */
const twoOfFour = (k: number) => k % 2 === 0;

function graphOf({ type, stays }: Layer): Graph {
  const next = random(5);
  const n = net('sparse');
  const [channels, depth] = [32, 64];
  const kind = (shape: number[], scale: number) => ({
    type,
    shape,
    ...(type === 's8' && { quant: quant(scale, -128) }),
  });
  const values = Array.from({ length: channels * depth }, (_, i) => {
    const magnitude = integer(next, 1, 60);
    return stays(i % depth, next) ? (next() < 0.5 ? -magnitude : magnitude) : 0;
  });
  const shape = [channels, 1, 1, depth];
  const weights =
    type === 's8'
      ? { type, shape, data: Int8Array.from(values), quant: perAxis(new Array(channels).fill(0.004), 0) }
      : { type, shape, data: Float32Array.from(values) };
  const ids = [n.add(kind([1, 8, 9, depth], 0.05)), n.add(weights)];
  const attr = { stride: [1, 1], dilation: [1, 1], pad: [0, 0, 0, 0], groups: 1, act: 'relu' } as const;
  return n.graph(n.node('conv2d', attr, ids, kind([1, 8, 9, channels], 0.1)));
}

const formatOf = (layer: Layer, target: string, objective: Objective) =>
  selectKernels(graphOf(layer), loadTarget(target), 'm', objective)[0]!.kernel.format ?? 'dense';

describe.each(['host', 'cortex-m4', 'cortex-m0', 'rv32imc'])('%s, floats', (target) => {
  test.each(['speed', 'balanced', 'size'] as const)(
    '%s: nothing for dense weights, a list at 80 %% zeros',
    (objective) => {
      expect(formatOf({ type: 'f32', stays: () => true }, target, objective)).toBe('dense');
      expect(formatOf({ type: 'f32', stays: single(0.8) }, target, objective)).toBe('list');
    },
  );
});

describe.each([
  ['host', 'list'],
  ['cortex-m0', 'list'],
  ['cortex-m4', 'lanes'],
] as const)('%s, int8', (target, format) => {
  test('dense weights stay dense, single zeros are left out at 80 %', () => {
    for (const objective of ['speed', 'balanced', 'size'] as const)
      expect(formatOf({ type: 's8', stays: () => true }, target, objective)).toBe('dense');
    expect(formatOf({ type: 's8', stays: single(0.8) }, target, 'speed')).toBe(format);
  });
});

test.each(['host', 'cortex-m0', 'cortex-m3', 'rv32imc'])('%s: two of four', (target) => {
  expect(formatOf({ type: 's8', stays: twoOfFour }, target, 'balanced')).toBe('fours');
});
