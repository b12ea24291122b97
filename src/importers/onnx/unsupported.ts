import type { FunctionProto, GraphProto, NodeProto } from '../../formats/onnx/schema.js';
import { Problem } from '../../support/problem.js';
import { opRows } from './ops/index.js';

/** `Conv`, or `com.microsoft.QLinearAdd` for operators that are not ONNX's own. */
export function opName({ domain = '', opType = '' }: Pick<NodeProto, 'domain' | 'opType'>): string {
  return domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
}

/** Operators that the file itself defines, by name. */
export type Functions = ReadonlyMap<string, FunctionProto>;

export const isKnown = (name: string, functions: Functions): boolean =>
  Object.hasOwn(opRows, name) || functions.has(name);

const reasons: Readonly<Record<string, string>> = {
  Loop: ' (it repeats another graph of the file)',
  Scan: ' (it repeats another graph of the file)',
};

const reason = (name: string): string =>
  reasons[name] ?? (/Sequence|Optional/.test(name) ? ' (lists of tensors are not supported)' : '');

/** Nodes of the graph, and of the functions that they may call. */
function allNodes(graph: GraphProto, functions: Functions): NodeProto[] {
  return [...graph.node, ...[...functions.values()].flatMap((f) => f.node)];
}

/** One Problem for all operators that cannot be imported, the first one in full; nothing when there are none. */
export function refuseUnsupported(graph: GraphProto, functions: Functions): void {
  const nodes = allNodes(graph, functions);
  const unknown = nodes
    .map((node, index) => ({ node, index, name: opName(node) }))
    .filter(({ name }) => !isKnown(name, functions));
  const first = unknown[0];
  if (!first) return;
  const others = [...new Set(unknown.map(({ name }) => name))].filter((name) => name !== first.name);
  const listed = others.slice(0, 30).map((name) => name.slice(0, 100));
  const rest = others.length ? `; nor are ${listed.join(', ')}` : '';
  const label = first.node.name || first.node.output[0];
  throw new Problem(
    'op-unsupported',
    `${first.name.slice(0, 100)} is not supported${reason(first.name)}${rest} (${unknown.length} of ${nodes.length} operators)`,
    `node #${first.index} ${first.name.slice(0, 100)}${label ? ` "${label.slice(0, 200)}"` : ''}`,
    `supported: ${Object.keys(opRows).sort().join(', ')}`,
  );
}
