import { describe, expect, test } from 'vitest';
import type { TensorData } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute } from '../../src/ops/execute.js';
import { type CmsisCase, cmsisCases, notCovered } from '../support/cmsis.js';
import { hasShared } from '../support/shared.js';

/** Largest difference, as a share of the greatest expected value. */
function difference(actual: TensorData, expected: TensorData): number {
  const differences = Array.from(actual, (v, i) => Math.abs(v - expected[i]!));
  return Math.max(...differences) / Math.max(...Array.from(expected, Math.abs));
}

describe.skipIf(!hasShared)('CMSIS-NN unit tests', () => {
  test.each(cmsisCases.map((c) => [c.name, c] as [string, CmsisCase]))('%s', (_, c) => {
    checkGraph(c.graph);
    const [actual] = execute(c.graph, c.inputs);
    expect(actual!.length).toBe(c.expected.length);
    if (c.expected instanceof Float32Array) expect(difference(actual!, c.expected)).toBeLessThanOrEqual(c.tolerance);
    else expect(actual).toEqual(c.expected);
  });

  test('what is not covered is known', () => {
    expect(notCovered.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      'convolve_f32/conv_1x1_stride2_nhwc_f32: no fused activation clamps floats to [-0.75,0.75]',
      'fully_connected_s8/fully_connected_w_zp: weights with a zero point',
      'fully_connected_f32/fully_connected_2out_tail21_f32: no fused activation clamps floats to [-10,10]',
      'fully_connected_f32/fully_connected_out_activation_f32: no fused activation clamps floats to [-0.699999988,1]',
    ]);
  });
});
