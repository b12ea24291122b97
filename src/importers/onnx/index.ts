import { decode } from '../../formats/message.js';
import {
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  modelSchema,
  type NodeProto,
  type ValueInfoProto,
} from '../../formats/onnx/schema.js';
import type { Graph } from '../../ir/graph.js';
import { normalise } from '../../normal/index.js';
import { Problem } from '../../support/problem.js';
import { type Beside, nothingBeside } from '../beside.js';
import { Builder } from './builder.js';
import { checkGiven, type GivenShapes, inputShape } from './dimensions.js';
import { External } from './external.js';
import { type Context, Operator, Scope } from './operator.js';
import { opRows } from './ops/index.js';
import { readSparse, readTensor, supportedType } from './tensor.js';
import { type Functions, opName, refuseUnsupported } from './unsupported.js';
import type { Value } from './value.js';

/** What importing a model takes besides its bytes. */
export interface OnnxOptions {
  readonly shapes?: GivenShapes;
  /** inputs that are to be constants: their values */
  readonly constants?: ReadonlyMap<string, Value>;
}

const [oldest, newest] = [1, 22];
/** Functions that call functions, branches in branches. */
const mostDepth = 50;
/** Nodes that are run while importing: functions that call each other many times over. */
const mostNodes = 2 ** 17;

function opsetOf(model: ModelProto): number {
  const own = model.opsetImport.find((o) => !o.domain || o.domain === 'ai.onnx');
  const version = own?.version ?? (model.opsetImport.length ? newest : 1);
  if (version < oldest || version > newest)
    throw new Problem(
      'onnx-version',
      `operator set ${version}; supported are ${oldest} to ${newest}`,
      'opset_import',
      `export with operator set ${newest} or lower`,
    );
  return version;
}

/** Runs the nodes of graphs, functions and branches, in scopes of their own. */
class Reader {
  private depth = 0;
  private count = 0;

  constructor(
    private readonly context: Context,
    private readonly functions: Functions,
  ) {}

  initialise(graph: GraphProto, scope: Scope): void {
    for (const t of graph.initializer) this.define(scope, t.name ?? '', readTensor(t, this.context.source));
    for (const t of graph.sparseInitializer)
      this.define(scope, t.values?.name ?? '', readSparse(t, this.context.source));
  }

  define(scope: Scope, name: string, value: Value): void {
    if (scope.get(name)) throw new Problem('tensor-rewritten', 'has two values', `tensor "${name.slice(0, 200)}"`);
    scope.set(name, value);
  }

  run(nodes: readonly NodeProto[], scope: Scope): void {
    nodes.forEach((node, index) => {
      this.runNode(node, index, scope);
    });
  }

  private runNode(node: NodeProto, index: number, scope: Scope): void {
    const op = new Operator(node, index, this.context, scope, (a) => this.branch(a, scope, op));
    if (++this.count > mostNodes) throw op.problem('too-large', `more than ${mostNodes} nodes`);
    const name = opName(node);
    const own = this.functions.get(name);
    if (own) {
      this.call(own, op);
      return;
    }
    const row = Object.hasOwn(opRows, name) ? opRows[name]! : undefined;
    if (!row) throw op.problem('op-unsupported', `${name.slice(0, 100)} is not supported`);
    const [least, most] = row.inputs;
    if (op.inputCount < least || op.inputCount > most)
      throw op.problem('op-arity', `${op.inputCount} inputs where ${least} to ${most} are expected`);
    row.build(op);
  }

  private nested<T>(op: Operator, work: () => T): T {
    if (++this.depth > mostDepth) throw op.problem('too-large', `graphs within each other more than ${mostDepth} deep`);
    try {
      return work();
    } finally {
      this.depth--;
    }
  }

  private branch(attribute: AttributeProto | undefined, outer: Scope, op: Operator): Value[] {
    const graph = attribute?.g;
    if (!graph) throw op.problem('onnx-corrupt', 'a branch is missing');
    return this.nested(op, () => {
      const scope = new Scope(outer);
      this.initialise(graph, scope);
      this.run(graph.node, scope);
      return graph.output.map((o) => find(scope, o.name ?? '', op.from));
    });
  }

  /** The function's nodes with the call's attributes, on the call's inputs. */
  private call(own: NonNullable<ReturnType<Functions['get']>>, op: Operator): void {
    this.nested(op, () => {
      const scope = new Scope();
      own.input.forEach((name, i) => {
        if (op.has(i)) scope.set(name, op.in(i));
      });
      const given = (name: string) => op.attribute(name) ?? own.attributeProto.find((a) => a.name === name);
      const nodes = own.node.map((node) => ({
        ...node,
        input: node.input.map((name) => (own.input.includes(name) && !scope.get(name) ? '' : name)),
        attribute: node.attribute.flatMap((a): AttributeProto[] => {
          if (!a.refAttrName) return [a];
          const value = given(a.refAttrName);
          return value ? [{ ...value, name: a.name ?? '' }] : [];
        }),
      }));
      this.run(nodes, scope);
      own.output.forEach((name, i) => {
        if (op.wants(i)) op.out(find(scope, name, op.from), i);
      });
    });
  }
}

function find(scope: Scope, name: string, where: string): Value {
  const value = scope.get(name);
  if (!value) throw new Problem('tensor-undefined', `nothing writes "${name.slice(0, 200)}"`, where);
  return value;
}

function defineInput(info: ValueInfoProto, scope: Scope, reader: Reader, context: Context, o: OnnxOptions): void {
  const name = info.name ?? '';
  const where = `input "${name.slice(0, 200)}"`;
  if (!info.type?.tensorType) throw new Problem('type-unsupported', 'it is no tensor', where);
  const bound = o.constants?.get(name);
  const type = supportedType(info.type.tensorType.elemType, where);
  reader.define(scope, name, bound ?? context.builder.input(name, type, inputShape(info, o.shapes ?? {})));
}

/** Values that the caller gets: tensors of their own under the names of the file. */
function outputsOf(graph: GraphProto, scope: Scope, { builder }: Context): Value[] {
  const taken = new Set<Value>(builder.inputs);
  return graph.output.map(({ name = '' }) => {
    const where = `output "${name.slice(0, 200)}"`;
    const value = find(scope, name, where);
    const isOwn = !taken.has(value) && !value.tensor.data;
    const own = isOwn || value.tensor.data ? value : builder.emit('reshape', {}, [value], { from: where, label: name });
    taken.add(own);
    if (!own.tensor.data || !own.stored) own.tensor = { ...own.tensor, name };
    return own;
  });
}

/**
 * Reads an ONNX model. What depends on constants only is computed; images become NHWC within, inputs and outputs keep the
 * layout of the file; quantised operators are put together again.
 * @param file the whole `.onnx`
 * @param name of the graph
 * @param beside reads files with external data
 * @throws Problem: a damaged file (`protobuf-corrupt`, `onnx-corrupt`), an operator or type outside the vocabulary
 *   (`op-unsupported`, ...), sizes that are not fixed (`tensor-dynamic`), values that should be constant (`not-constant`)
 */
export function importOnnx(
  file: Uint8Array,
  name: string,
  beside: Beside = nothingBeside,
  options: OnnxOptions = {},
): Graph {
  const model = decode(modelSchema, file, 'the model');
  const { graph } = model;
  if (!graph?.output.length) throw new Problem('onnx-corrupt', 'the file holds no graph with outputs', 'the model');
  const functions: Functions = new Map(model.functions.map((f) => [opName({ ...f, opType: f.name ?? '' }), f]));
  refuseUnsupported(graph, functions);
  const context: Context = {
    builder: new Builder(),
    source: { external: new External(beside), spent: 0 },
    opset: opsetOf(model),
  };
  const reader = new Reader(context, functions);
  const scope = new Scope();
  reader.initialise(graph, scope);
  const inputs = graph.input.filter((info) => !scope.get(info.name ?? ''));
  checkGiven(options.shapes ?? {}, inputs);
  for (const info of inputs) defineInput(info, scope, reader, context, options);
  if (!context.builder.inputs.length && !options.constants?.size)
    throw new Problem('no-inputs', 'the model has no inputs');
  reader.run(graph.node, scope);
  return normalise(context.builder.graph(name, outputsOf(graph, scope, context)));
}
