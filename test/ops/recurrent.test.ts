import { describe, expect, test } from 'vitest';
import { checkGraph } from '../../src/ops/check.js';
import { stream } from '../../src/ops/execute.js';
import { streamCases } from '../support/cmsis/recurrent.js';
import { hasShared } from '../support/shared.js';

describe.skipIf(!hasShared)('recurrent layers of CMSIS-NN', () => {
  const cases = hasShared ? streamCases() : [];

  test('there are some of each', () => {
    expect(cases.map((c) => c.name)).toEqual([
      'lstm_large_f32',
      'lstm_match_2_f32',
      'lstm_medium_f32',
      'lstm_1',
      'lstm_one_time_step',
      'svdf',
      'svdf_2',
      'svdf_int8',
    ]);
  });

  test.each(cases.map((c) => [c.name, c] as const))('%s', (_, { graph, samples, expected }) => {
    checkGraph(graph);
    const run = stream(graph);
    const y = samples.map((sample) => run([sample])[0]!).at(-1)!;
    if (!(expected instanceof Float32Array)) expect(y).toEqual(expected);
    else expect(Math.max(...y.map((v, i) => Math.abs(v - expected[i]!)))).toBeLessThan(1e-5);
  });
});
