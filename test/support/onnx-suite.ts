/** The backend cases of ONNX: each imported, compiled to C together with others, run under sanitizers, compared. */
import { readFileSync } from 'node:fs';
import { compileGraph } from '../../src/compile.js';
import { decode } from '../../src/formats/message.js';
import { dataType, modelSchema, tensorSchema } from '../../src/formats/onnx/schema.js';
import { nothingBeside } from '../../src/importers/beside.js';
import { External } from '../../src/importers/onnx/external.js';
import { importOnnx } from '../../src/importers/onnx/index.js';
import { readTensor } from '../../src/importers/onnx/tensor.js';
import type { Value } from '../../src/importers/onnx/value.js';
import type { Graph, Node, TensorData, TensorId } from '../../src/ir/graph.js';
import { checkGraph } from '../../src/ops/check.js';
import { execute } from '../../src/ops/execute.js';
import { simplify } from '../../src/passes/index.js';
import { placesOf } from '../../src/plan/select.js';
import { loadTarget } from '../../src/plan/target.js';
import { writeFolder } from '../../src/support/output.js';
import { Problem } from '../../src/support/problem.js';
import { artifactOf, joinBytes, splitPorts } from '../../src/verify/artifact.js';
import { buildHost } from '../../src/verify/host.js';
import { shared } from './shared.js';
import { untar } from './tar.js';

interface Listed {
  readonly suite: string;
  readonly case: string;
  readonly dir: string;
  readonly usable: boolean;
  readonly why: readonly string[];
  readonly inputs: readonly { name: string }[];
  readonly outputs: readonly { name: string }[];
  readonly data: readonly { dir: string }[];
}

/** A case that is ready to be compiled. */
interface Ready {
  readonly name: string;
  readonly graph: Graph;
  readonly inputs: readonly TensorData[];
  /** of the graph's outputs */
  readonly expected: readonly Value[];
}

/** `pass`, or why not: a few words first, details after a colon. */
export type Verdicts = Map<string, string>;

/** What the suite allows: relative 1e-3, absolute 1e-7; whole numbers are exact. */
export function difference(got: ArrayLike<number>, value: Value): string | undefined {
  const wanted = value.exact!;
  if (got.length !== wanted.length) return `${got.length} values instead of ${wanted.length}`;
  const isReal = value.tensor.type === 'f32';
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [got[i]!, wanted[i]!];
    const isSame = Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b));
    if (!isSame && !(isReal && Math.abs(a - b) <= 1e-7 + 1e-3 * Math.abs(b)))
      return `element ${i} is ${a} instead of ${b}`;
  }
  return undefined;
}

const shortly = (error: unknown): string => {
  if (!(error instanceof Problem)) return `error: ${(error as Error).message}`;
  return `${error.code}: ${error.message}`;
};

/** Values of a file of the suite; NaN and infinity occur, so they are read as they are. */
function readValue(bytes: Uint8Array, isShort = false): Value {
  const proto = decode(tensorSchema, bytes, 'data');
  // The suite keeps bfloat16 as their bits.
  return readTensor(isShort ? { ...proto, dataType: dataType.bfloat16 } : proto, {
    external: new External(nothingBeside),
    spent: 0,
    anyNumber: true,
  });
}

/** Parameters that have to be constant are made so one by one, as the importer asks for them. */
function imported(bytes: Uint8Array, values: ReadonlyMap<string, Value>): { graph: Graph; bound: Set<string> } {
  const bound = new Map<string, Value>();
  for (;;) {
    try {
      return { graph: importOnnx(bytes, 'case', nothingBeside, { constants: bound }), bound: new Set(bound.keys()) };
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'not-constant') throw error;
      const named = /"([^"]+)" must be constant/.exec(error.message)?.[1] ?? '';
      const next = values.has(named) && !bound.has(named) ? named : firstWhole(values, bound);
      if (next === undefined) throw error;
      bound.set(next, values.get(next)!);
    }
  }
}

/** Where the value that has to be constant is computed: from whole numbers, most likely. */
const firstWhole = (values: ReadonlyMap<string, Value>, bound: ReadonlyMap<string, Value>): string | undefined =>
  [...values].find(([name, v]) => !bound.has(name) && v.of.name === 'int64')?.[0] ??
  [...values].find(([name]) => !bound.has(name))?.[0];

function prepared(c: Listed, files: ReadonlyMap<string, Uint8Array>): Ready | string {
  const file = (path: string) => files.get(`${c.dir}/${path}`)!;
  const [data] = c.data;
  const model = decode(modelSchema, file('model.onnx'), 'model.onnx');
  const isShort = (name: string) =>
    model.graph?.input.find((i) => i.name === name)?.type?.tensorType?.elemType === dataType.bfloat16;
  const values = new Map(
    c.inputs.map(({ name }, i) => [name, readValue(file(`${data!.dir}/input_${i}.pb`), isShort(name))]),
  );
  const expected = c.outputs.map((_, i) => readValue(file(`${data!.dir}/output_${i}.pb`)));
  const { graph: whole, bound } = imported(file('model.onnx'), values);
  checkGraph(whole);
  const graph = simplify(whole);
  const inputs = [...values].filter(([name]) => !bound.has(name)).map(([, v]) => v.tensor.data!);
  const got = execute(graph, inputs);
  for (const [i, value] of expected.entries()) {
    const { shape } = graph.tensors[graph.outputs[i]!]!;
    if (`${shape}` !== `${value.tensor.shape}`) return `wrong shape: [${shape}] instead of [${value.tensor.shape}]`;
    const wrong = difference(got[i]!, value);
    if (wrong) return `wrong value: output ${i}, ${wrong}`;
  }
  return computedPart(c, graph, inputs, expected);
}

/** Outputs that are constants need no code; what is left is compiled. */
function computedPart(
  c: Listed,
  graph: Graph,
  inputs: readonly TensorData[],
  expected: readonly Value[],
): Ready | string {
  const kept = graph.outputs.flatMap((id, i) => (graph.tensors[id]!.data || graph.inputs.includes(id) ? [] : [i]));
  if (!kept.length)
    return graph.inputs.length ? 'folded: all outputs are constants or inputs' : 'folded: all inputs are parameters';
  const outputs = kept.map((i) => graph.outputs[i]!);
  placesOf({ ...graph, outputs }, loadTarget('host'), 'x');
  return {
    name: `${c.suite}/${c.case}`,
    graph: { ...graph, outputs },
    inputs,
    expected: kept.map((i) => expected[i]!),
  };
}

/** Several graphs side by side in one. */
export function union(parts: readonly { readonly graph: Graph }[]): Graph {
  const tensors: Graph['tensors'][number][] = [];
  const nodes: Node[] = [];
  const [inputs, outputs]: [TensorId[], TensorId[]] = [[], []];
  parts.forEach(({ graph }, k) => {
    const first = tensors.length;
    const moved = (ids: readonly TensorId[]) => ids.map((id) => id + first);
    tensors.push(...graph.tensors);
    for (const node of graph.nodes)
      nodes.push({ ...node, name: `c${k}_${node.name}`, in: moved(node.in), out: moved(node.out) } as Node);
    inputs.push(...moved(graph.inputs));
    outputs.push(...moved(graph.outputs));
  });
  return { name: 'suite', tensors, nodes, inputs, outputs };
}

export const sanitizers = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
const origin = { name: 'suite', sha256: '0'.repeat(64), format: 'onnx' };

async function compiled(parts: readonly Ready[], dir: string, verdicts: Verdicts): Promise<void> {
  const inputs = parts.flatMap((p) => p.inputs);
  const options = { name: 'suite', html: false, samples: [inputs], optimizeRam: false };
  const { files, plan } = await compileGraph(() => union(parts), origin, options);
  writeFolder(dir, files);
  const artifact = artifactOf(plan);
  const runner = buildHost(dir, artifact, { flags: sanitizers });
  try {
    const results = splitPorts(artifact.outputs, runner.run(joinBytes(inputs)));
    for (const part of parts) {
      const own = results.splice(0, part.expected.length);
      const wrong = part.expected.map((value, i) => difference(own[i]!, value)).find((d) => d);
      verdicts.set(part.name, wrong ? `wrong value in C: ${wrong}` : 'pass');
    }
  } finally {
    runner.dispose();
  }
}

/** Compiles cases together; where that fails, in halves, until it is known which one is to blame. */
async function compiledOrBlamed(parts: readonly Ready[], dir: string, verdicts: Verdicts): Promise<void> {
  try {
    await compiled(parts, dir, verdicts);
  } catch (error) {
    if (parts.length === 1) {
      verdicts.set(parts[0]!.name, `in C, ${shortly(error)}`);
      return;
    }
    const middle = parts.length >> 1;
    await compiledOrBlamed(parts.slice(0, middle), dir, verdicts);
    await compiledOrBlamed(parts.slice(middle), dir, verdicts);
  }
}

/** Cases of the suite, in order. */
export function listCases(): Listed[] {
  return JSON.parse(readFileSync(shared('suites/onnx/index.json'), 'utf8'));
}

/**
 * Runs cases.
 * @param chosen which of them
 * @param size cases per program
 */
export async function runCases(chosen: (name: string) => boolean, dir: string, size = 50): Promise<Verdicts> {
  const files = untar(readFileSync(shared('suites/onnx/cases.tar.gz')));
  const verdicts: Verdicts = new Map();
  const ready: Ready[] = [];
  for (const c of listCases()) {
    const name = `${c.suite}/${c.case}`;
    if (!chosen(name)) continue;
    try {
      const found = prepared(c, files);
      if (typeof found === 'string') verdicts.set(name, found);
      else ready.push(found);
    } catch (error) {
      verdicts.set(name, c.usable ? shortly(error) : `${c.why.join(', ')}: ${shortly(error)}`);
    }
  }
  for (let i = 0; i < ready.length; i += size) await compiledOrBlamed(ready.slice(i, i + size), dir, verdicts);
  return verdicts;
}
