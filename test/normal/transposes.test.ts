import { describe, expect, test } from 'vitest';
import { elements, type Graph, type OpAttrs, type OpKind, type TensorId } from '../../src/ir/graph.js';
import { sinkTransposes } from '../../src/normal/transposes/index.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute } from '../../src/ops/execute.js';
import { opDef } from '../../src/ops/index.js';
import { integer, random } from '../../src/support/rng.js';
import { uniform } from '../support/float-net.js';
import { f32, net } from '../support/net.js';

type Net = ReturnType<typeof net>;

/** Adds a node whose shape the op tells. */
function grow<K extends OpKind>(
  n: Net,
  op: K,
  attr: OpAttrs[K],
  inputs: TensorId[],
  shape?: readonly number[],
): TensorId {
  const tensors = inputs.map((id) => n.tensors[id]!);
  const draft = { op, name: op, attr, in: inputs, out: [], from: op } as never;
  const wanted = f32(shape ?? [1]);
  const [found] = opDef(draft).infer(draft, tensors as never, [{ name: 'y', ...wanted } as never]);
  return n.node(op, attr, inputs, f32(found!));
}

const shuffled = (next: () => number, rank: number): number[] =>
  Array.from({ length: rank }, (_, i) => [next(), i] as const)
    .sort((a, b) => a[0] - b[0])
    .map(([, i]) => i);

/** A chain of transposes among ops of all kinds, with side branches. */
function chain(seed: number): Graph {
  const next = random(seed);
  const n = net();
  const shapeOf = (id: TensorId) => n.tensors[id]!.shape;
  let x = n.add(f32([1, 3, 4, 2]));
  const seen = [x];
  const steps: ((x: TensorId) => TensorId)[] = [
    (a) => grow(n, 'transpose', { perm: shuffled(next, shapeOf(a).length) }, [a]),
    (a) => grow(n, 'transpose', { perm: shuffled(next, shapeOf(a).length) }, [a]),
    (a) => grow(n, 'relu', { act: 'relu' }, [a]),
    (a) =>
      grow(n, 'add', { act: 'none' }, [
        a,
        n.add({ ...f32([shapeOf(a).at(-1)!]), data: uniform(shapeOf(a).at(-1)!, seed) }),
      ]),
    (a) => grow(n, 'pad', { before: shapeOf(a).map((_, i) => i % 2), after: shapeOf(a).map(() => 0), value: 1 }, [a]),
    (a) =>
      grow(
        n,
        'mean',
        { axes: [integer(next, 0, shapeOf(a).length - 1)], keepDims: next() < 0.6 || shapeOf(a).length < 3 },
        [a],
      ),
    (a) => grow(n, 'softmax', { beta: 1 }, [a]),
    (a) => grow(n, 'concatenation', { axis: integer(next, 0, shapeOf(a).length - 1), act: 'none' }, [a, a]),
    (a) => {
      const shape = shapeOf(a);
      const axis = integer(next, 0, shape.length - 1);
      const merged = [...shape.slice(0, axis), shape[axis]! * (shape[axis + 1] ?? 1), ...shape.slice(axis + 2)];
      return grow(n, 'reshape', {}, [a], merged);
    },
    (a) => grow(n, 'reshape', {}, [a], [1, ...shapeOf(a)].slice(0, 6)),
    (a) => {
      const other = seen.find((id) => `${shapeOf(id)}` === `${shapeOf(a)}`);
      return other === undefined ? a : grow(n, 'mul', { act: 'none' }, [a, other]);
    },
    (a) => {
      const shape = shapeOf(a).map((d) => Math.max(1, d - 1));
      return grow(n, 'strided_slice', { begin: shape.map(() => 0), strides: shape.map(() => 1) }, [a], shape);
    },
  ];
  for (let i = 0; i < 10; i++) {
    let step = steps[integer(next, 0, steps.length - 1)]!;
    if (elements(shapeOf(x)) > 2000 || shapeOf(x).length > 5) step = steps[0]!;
    x = step(x);
    seen.push(x);
  }
  const depth = elements(shapeOf(x));
  const flat = grow(n, 'reshape', {}, [x], [1, depth]);
  const y = grow(
    n,
    'fully_connected',
    { act: 'none' },
    [flat, n.add({ ...f32([3, depth]), data: uniform(3 * depth, 2) })],
    [1, 3],
  );
  return n.graph(y, x, seen[integer(next, 1, seen.length - 1)]!);
}

describe('transposes sink', () => {
  test('and no value changes: 300 random chains', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const graph = chain(seed);
      const sunk = sinkTransposes(graph);
      checkGraph(sunk);
      expect(sunk.outputs.map((id) => sunk.tensors[id]!.shape)).toEqual(
        graph.outputs.map((id) => graph.tensors[id]!.shape),
      );
      const input = [uniform(24, seed)];
      const [before, after] = [execute(graph, input), execute(sunk, input)];
      before.forEach((y, i) => {
        y.forEach((v, k) => {
          expect(Math.abs(v - after[i]![k]!), `seed ${seed}, output ${i}`).toBeLessThanOrEqual(
            1e-5 * Math.max(1, Math.abs(v)),
          );
        });
      });
    }
  });

  const count = (graph: Graph) => graph.nodes.filter((n) => n.op === 'transpose').length;

  test('two that undo each other vanish, ops between them stay', () => {
    const n = net();
    const a = grow(n, 'transpose', { perm: [0, 3, 1, 2] }, [n.add(f32([1, 4, 5, 3]))]);
    const b = grow(n, 'relu', { act: 'relu' }, [a]);
    const c = grow(n, 'transpose', { perm: [0, 2, 3, 1] }, [b]);
    expect(sinkTransposes(n.graph(c)).nodes.map((m) => m.op)).toEqual(['relu']);
  });

  test('one before a matrix turns the weights instead', () => {
    const n = net();
    const a = grow(n, 'transpose', { perm: [0, 3, 1, 2] }, [n.add(f32([1, 4, 5, 3]))]);
    const b = grow(n, 'reshape', {}, [grow(n, 'logistic', {}, [a])], [1, 60]);
    const w = n.add({ ...f32([2, 60]), data: uniform(120, 1) });
    const graph = n.graph(grow(n, 'fully_connected', { act: 'none' }, [b, w], [1, 2]));
    expect(count(sinkTransposes(graph))).toBe(0);
  });

  test('one that moves only axes of one pixel is a reshape', () => {
    const n = net();
    const graph = n.graph(grow(n, 'transpose', { perm: [0, 2, 3, 1] }, [n.add(f32([1, 1, 4, 5]))]));
    expect(sinkTransposes(graph).nodes.map((m) => m.op)).toEqual(['reshape']);
  });
});
