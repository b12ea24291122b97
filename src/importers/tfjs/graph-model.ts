import type { DType, Graph, TensorId } from '../../ir/graph.js';
import { foldAffine } from '../../normal/affine.js';
import { Problem } from '../../support/problem.js';
import { Draft } from '../draft.js';
import { isList, isObject, type Json, type JsonObject } from '../keras/fields.js';
import { GraphNode } from './node.js';
import { nodeRows } from './ops/index.js';
import type { Stored } from './shards.js';

const mostNodes = 16384;
const types: Readonly<Record<string, DType>> = {
  DT_FLOAT: 'f32',
  DT_INT32: 's32',
  DT_INT64: 's32',
  DT_UINT8: 'u8',
  DT_BOOL: 'bool',
};

interface Listed {
  readonly name: string;
  readonly kind: string;
  readonly json: JsonObject;
  /** names of the nodes read; those that only come before are left out */
  readonly inputs: readonly string[];
}

/** `a:0` and `a` are the first result of node a; `^a` is an order, no value. */
function sourceOf(input: Json, from: string): string[] {
  if (typeof input !== 'string') throw new Problem('tfjs-corrupt', 'an input is no name', from);
  if (input.startsWith('^')) return [];
  const [, name, index] = /^(.*?)(?::(\d+))?$/s.exec(input)!;
  return [index && index !== '0' ? `${name}:${index}` : name!];
}

function listed(node: Json, index: number): Listed {
  if (!isObject(node) || typeof node.name !== 'string' || typeof node.op !== 'string')
    throw new Problem('tfjs-corrupt', `node ${index} has no name or op`);
  const from = `node "${node.name.slice(0, 100)}"`;
  const inputs = isList(node.input) ? node.input.flatMap((input) => sourceOf(input, from)) : [];
  return { name: node.name, kind: node.op, json: node, inputs };
}

/** Nodes after those that they read. @throws Problem `tfjs-corrupt` for circles and names that are not there */
function ordered(nodes: readonly Listed[]): Listed[] {
  const by = new Map(nodes.map((n) => [n.name, n]));
  const order: Listed[] = [];
  const state = new Map<Listed, 'open' | 'done'>();
  const stack = nodes.map((node) => ({ node, next: 0 })).reverse();
  while (stack.length) {
    const top = stack.at(-1)!;
    if (state.get(top.node) === 'done') {
      stack.pop();
      continue;
    }
    state.set(top.node, 'open');
    const name = top.node.inputs[top.next++];
    if (name === undefined) {
      state.set(top.node, 'done');
      order.push(top.node);
      stack.pop();
      continue;
    }
    const source = by.get(name.replace(/:\d+$/, '')) ?? by.get(name);
    if (!source)
      throw new Problem(
        'tfjs-corrupt',
        `reads "${name.slice(0, 100)}", which does not exist`,
        `node "${top.node.name}"`,
      );
    if (state.get(source) === 'open')
      throw new Problem('tfjs-corrupt', 'reads its own result', `node "${source.name}"`);
    if (state.get(source) !== 'done') stack.push({ node: source, next: 0 });
  }
  return order;
}

function refuseUnknown(nodes: readonly Listed[]): void {
  const unknown = nodes.filter(
    (n) => !Object.hasOwn(nodeRows, n.kind) && n.kind !== 'Placeholder' && n.kind !== 'Const',
  );
  const first = unknown[0];
  if (!first) return;
  const others = [...new Set(unknown.map((n) => n.kind))].filter((kind) => kind !== first.kind);
  const rest = others.length ? `; nor are ${others.join(', ').slice(0, 200)}` : '';
  throw new Problem(
    'op-unsupported',
    `${first.kind.slice(0, 64)} is not supported${rest} (${unknown.length} of ${nodes.length} nodes)`,
    `node "${first.name.slice(0, 100)}"`,
    `supported: ${Object.keys(nodeRows).sort().join(', ')}`,
  );
}

/** The shape of an input: the batch counts as 1 where it is open. */
function inputShape(json: JsonObject): unknown[] | undefined {
  const shape = isObject(json.attr) && isObject(json.attr.shape) ? json.attr.shape.shape : undefined;
  const dims = isObject(shape) && isList(shape.dim) ? shape.dim : undefined;
  return dims?.map((d, i) => {
    const size = Number(isObject(d) ? d.size : Number.NaN);
    return i === 0 && size === -1 ? 1 : size;
  });
}

function typeOf(json: JsonObject, from: string): DType {
  const type = isObject(json.attr) && isObject(json.attr.dtype) ? String(json.attr.dtype.type) : 'DT_FLOAT';
  if (Object.hasOwn(types, type)) return types[type]!;
  throw new Problem('type-unsupported', `values of type ${type.slice(0, 20)} are not supported`, from);
}

/** Names of what the model promises to give, in its own order; else what nobody reads. */
function outputsOf(nodes: readonly Listed[], json: JsonObject): string[] {
  const signature = isObject(json.signature)
    ? json.signature
    : isObject(json.userDefinedMetadata)
      ? json.userDefinedMetadata.signature
      : undefined;
  const outputs = isObject(signature) && isObject(signature.outputs) ? Object.values(signature.outputs) : [];
  const named = outputs.flatMap((o) =>
    isObject(o) && typeof o.name === 'string' ? sourceOf(o.name, 'signature') : [],
  );
  const names = new Set(nodes.map((n) => n.name));
  if (named.length && named.every((name) => names.has(name.replace(/:\d+$/, '')))) return named;
  const read = new Set(nodes.flatMap((n) => n.inputs));
  return nodes.filter((n) => !read.has(n.name) && n.kind !== 'Const' && n.kind !== 'Placeholder').map((n) => n.name);
}

/**
 * The graph of a graph-model; factors and terms per channel are folded into the convolutions before them.
 * @param json of model.json, for its signature
 * @throws Problem naming the node
 */
export function buildGraphModel(
  list: readonly Json[],
  json: JsonObject,
  weights: ReadonlyMap<string, Stored>,
  name: string,
): Graph {
  if (list.length > mostNodes) throw new Problem('too-large', `more than ${mostNodes} nodes`);
  const nodes = list.map(listed);
  refuseUnknown(nodes);
  const draft = new Draft(true);
  const values = new Map<string, TensorId>();
  const inputs: TensorId[] = [];
  for (const node of ordered(nodes)) {
    const from = `node "${node.name.slice(0, 100)}"`;
    if (node.kind === 'Const') {
      const stored = weights.get(node.name);
      if (!stored) throw new Problem('tfjs-corrupt', 'its value is in no weight file', from);
      values.set(node.name, draft.constant(node.name, stored.shape, stored.data, stored.type));
    } else if (node.kind === 'Placeholder') {
      const shape = inputShape(node.json);
      if (!shape)
        throw new Problem(
          'tensor-dynamic',
          'the shape of the input is not given',
          from,
          'export the model with fixed input shapes',
        );
      const id = draft.input(node.name, shape as number[], typeOf(node.json, from));
      inputs.push(id);
      values.set(node.name, id);
    } else {
      const read = node.inputs.map((input) => {
        const id = values.get(input);
        if (id === undefined)
          throw new Problem('op-unsupported', `reads "${input}": the node has no such result`, from);
        return id;
      });
      const results = nodeRows[node.kind]!(new GraphNode(draft, node.kind, node.name, node.json, read));
      [results].flat().forEach((id, i) => {
        values.set(i ? `${node.name}:${i}` : node.name, id);
      });
    }
  }
  if (!inputs.length) throw new Problem('no-inputs', 'the model has no inputs');
  const outputs = outputsOf(nodes, json).map((output) => {
    const id = values.get(output);
    if (id === undefined) throw new Problem('tfjs-corrupt', `names the output "${output.slice(0, 100)}"`, 'signature');
    return id;
  });
  return foldAffine(draft.graph(name, inputs, outputs));
}
