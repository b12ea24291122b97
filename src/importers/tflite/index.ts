import type { Graph, Node, TensorId } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import { Names } from '../names.js';
import { builtinName, CUSTOM } from './builtins.js';
import { Operator } from './operator.js';
import { opRows } from './ops/index.js';
import { MODEL, OPERATOR, OPERATOR_CODE, SUBGRAPH } from './schema.js';
import { audioFeatures, chainsOf } from './signal.js';
import { Bytes, type Row, read, Table } from './table.js';
import { asUnsigned, Tensors } from './tensors.js';
import { refuseUnsupported } from './unsupported.js';
import { type Code, isVariableKind, Variables } from './variables.js';

const schemaVersion = 3;

/** Newer files state the code twice, old ones in a byte only; the larger one holds. Source: schema_utils.cc. */
function opName(table: Table): string {
  const { oldCode, code, custom } = read(table, OPERATOR_CODE);
  const number = Math.max(oldCode, code);
  return number === CUSTOM ? `CUSTOM "${custom}"` : builtinName(number);
}

function operatorsOf(subgraph: Row<typeof SUBGRAPH>, codes: readonly Table[]): Code[] {
  const names = codes.map(opName);
  return subgraph.operators.map((table, index) => {
    const row = read(table, OPERATOR);
    const kind = names[row.code];
    if (kind === undefined)
      throw new Problem('tflite-corrupt', `names operator code ${row.code} of ${names.length}`, `op #${index}`);
    return { kind, row };
  });
}

function readModel(file: Uint8Array): Row<typeof MODEL> {
  const bytes = new Bytes(file);
  bytes.need(0, 8, 'the header');
  const model = read(new Table(bytes, bytes.buffer.readUint32(0)), MODEL);
  if (model.version !== schemaVersion)
    throw new Problem('tflite-version', `schema version ${model.version}; only version ${schemaVersion} is supported`);
  if (!model.subgraphs.length) throw bytes.corrupt('the model has no subgraph');
  return model;
}

/** uint8 is understood at the edges of a model only. */
function refuseUint8(op: Operator, node: Node): void {
  for (const id of [...node.in, ...node.out])
    if (op.tensor(id).type === 'u8')
      throw op.problem(
        'uint8-unsupported',
        `works on uint8 values ("${op.tensor(id).name}"), which is not supported`,
        'quantise the model to int8 (uint8 inputs and outputs are fine)',
      );
}

function build(op: Operator, kind: string, nodes: Node[]): void {
  const row = opRows[kind]!;
  const first = nodes.length;
  op.checkArity(row.inputs, row.outputs);
  row.build(op);
  if (!row.u8) for (const node of nodes.slice(first)) refuseUint8(op, node);
}

/** Does an operator that does not take uint8 values meet some? Then the whole model becomes int8 inside. */
function worksOnUint8(operators: readonly Code[], tensors: Tensors): boolean {
  return operators.some(
    ({ kind, row }) =>
      !opRows[kind]?.u8 && [...row.inputs, ...row.outputs].some((id) => id >= 0 && tensors.isUint8Activation(id)),
  );
}

/** uint8 edges of a model that is int8 inside: what users see, and the nodes between. */
class Edges {
  readonly before: Node[] = [];
  readonly after: Node[] = [];
  constructor(
    private readonly tensors: Tensors,
    private readonly names: Names,
  ) {}

  private node(from: TensorId, to: TensorId, what: string): Node {
    const name = this.names.unique(what);
    return { op: 'quantize', name, attr: {}, in: [from], out: [to], from: `graph ${what}` };
  }

  input(inner: TensorId, index: number): TensorId {
    if (!this.tensors.isUint8Activation(index)) return inner;
    const outer = this.tensors.id(asUnsigned(this.tensors.list[inner]!));
    this.before.push(this.node(outer, inner, 'input_signed'));
    return outer;
  }

  output(inner: TensorId, index: number): TensorId {
    if (!this.tensors.isUint8Activation(index)) return inner;
    const outer = this.tensors.id(asUnsigned(this.tensors.list[inner]!));
    this.after.push(this.node(inner, outer, 'output_unsigned'));
    return outer;
  }
}

function inputIds(tensors: Tensors, inputs: readonly number[]): TensorId[] {
  if (!inputs.length) throw new Problem('no-inputs', 'the model has no inputs');
  return inputs.map((index) => {
    const tensor = tensors.tensor(index, 'graph inputs');
    if (tensor.data) throw new Problem('tflite-corrupt', `"${tensor.name}" is constant`, 'graph inputs');
    return tensors.id(tensor);
  });
}

/**
 * Reads the first subgraph of a TFLite model. Padding is made explicit, float16 and hybrid weights become float32.
 * @param file the whole `.tflite`
 * @param name of the graph
 * @throws Problem: a damaged file (`tflite-corrupt`), an operator or type outside the vocabulary (`op-unsupported`, ...)
 */
export function importTflite(file: Uint8Array, name: string): Graph {
  const model = readModel(file);
  const subgraph = read(model.subgraphs[0], SUBGRAPH);
  const operators = operatorsOf(subgraph, model.codes);
  const plain = new Tensors(subgraph.tensors, model.buffers);
  const signed = worksOnUint8(operators, plain);
  const tensors = signed ? new Tensors(subgraph.tensors, model.buffers, true) : plain;
  const outputName = ([first]: readonly number[], i: number): string | undefined =>
    first === undefined ? undefined : tensors.source(first, `op #${i}`).label;
  refuseUnsupported(operators.map(({ kind, row }, i) => ({ kind, output: outputName(row.outputs, i) })));
  const chains = chainsOf(operators, subgraph.outputs);
  const names = new Names();
  const variables = new Variables(tensors, model.subgraphs, (s) => operatorsOf(s, model.codes), model.buffers);
  const edges = new Edges(tensors, names);
  const inputs = inputIds(tensors, subgraph.inputs);
  const outer = signed ? inputs.map((id, i) => edges.input(id, subgraph.inputs[i]!)) : inputs;
  const nodes: Node[] = [];
  const operator = (i: number) => new Operator(i, operators[i]!.kind, operators[i]!.row, tensors, nodes, names);
  operators.forEach(({ kind, row }, i) => {
    const chain = chains.get(i);
    if (chain) {
      if (i === chain.at(-1)) audioFeatures(chain.map(operator));
    } else if (isVariableKind(kind)) variables.run(kind, row, `op #${i} ${kind}`);
    else build(operator(i), kind, nodes);
  });
  const outputs = subgraph.outputs.map((index) => {
    const id = tensors.id(tensors.tensor(index, 'graph outputs'));
    return signed ? edges.output(id, index) : id;
  });
  const states = [...tensors.states, ...variables.states()];
  const all = [...edges.before, ...nodes, ...edges.after];
  return { name, tensors: tensors.list, nodes: all, inputs: outer, outputs, ...(states.length && { states }) };
}
