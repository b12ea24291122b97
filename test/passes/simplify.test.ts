import { describe, expect, test } from 'vitest';
import type { Graph } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute } from '../../src/ops/execute.js';
import { graphMacs } from '../../src/ops/macs.js';
import { passes, simplify } from '../../src/passes/index.js';
import { randomInputs } from '../../src/verify/golden.js';
import { randomGraph } from '../support/random-graph.js';

const sameOutputs = (a: Graph, b: Graph, seed: number): void => {
  for (const input of randomInputs(a, 3, seed)) expect(execute(b, input)).toEqual(execute(a, input));
};

describe('exact simplification of random graphs', () => {
  const seeds = Array.from({ length: 600 }, (_, i) => i + 1);
  const seen = { smaller: 0, border: 0, folded: 0 };

  test('every pass keeps every output bit and leaves a sound graph', () => {
    for (const seed of seeds) {
      const source = randomGraph(seed);
      checkGraph(source);
      let graph = source;
      for (const { name, pass } of passes) {
        graph = pass(graph);
        try {
          checkGraph(graph);
          sameOutputs(source, graph, seed);
        } catch (error) {
          throw new Error(`seed ${seed}, after ${name}: ${(error as Error).message}`);
        }
      }
      if (graphMacs(graph) < graphMacs(source)) seen.smaller++;
      if (graph.nodes.some((n) => 'border' in n.attr && n.attr.border)) seen.border++;
      if (graph.nodes.length < source.nodes.length) seen.folded++;
    }
  });

  test('the graphs exercise what they should', () => {
    expect(seen.smaller).toBeGreaterThan(200);
    expect(seen.border).toBeGreaterThan(20);
    expect(seen.folded).toBeGreaterThan(100);
  });

  test('simplifying twice changes nothing more in the result', () => {
    for (const seed of seeds.slice(0, 100)) {
      const source = randomGraph(seed);
      sameOutputs(source, simplify(simplify(source)), seed);
    }
  });
});
