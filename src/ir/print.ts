import type { Graph, Node, Tensor } from './graph.js';

/** `%3:s8[1,25,5,64]{0.15,-128}` */
function tensorText(t: Tensor, id: number): string {
  const q =
    t.quant && (t.quant.scale.length === 1 ? `{${t.quant.scale[0]},${t.quant.zero[0]}}` : `{per-axis ${t.quant.axis}}`);
  return `%${id}:${t.type}[${t.shape}]${q ?? ''}${t.data ? ` const ${digest(t.data)}` : ''}`;
}

/** Short content hash (FNV-1a) so that dumps of two stages differ where constants differ. */
function digest(data: ArrayLike<number> & ArrayBufferView): string {
  let h = 0x811c9dc5;
  for (const b of new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) h = Math.imul(h ^ b, 0x01000193) >>> 0;
  return `#${h.toString(16).padStart(8, '0')}`;
}

const attrText = (node: Node): string =>
  Object.entries(node.attr)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(' ');

function nodeText(graph: Graph, node: Node): string {
  const name = (id: number) => tensorText(graph.tensors[id]!, id);
  return `${node.out.map(name).join(', ')} = ${node.op} ${node.name} (${node.in.map(name).join(', ')}) ${attrText(node)}`;
}

/** The graph as text, one node a line, stable from run to run: made to be diffed between stages. */
export function printGraph(graph: Graph): string {
  const ends = (ids: readonly number[]) => ids.map((id) => `%${id} "${graph.tensors[id]!.name}"`).join(', ');
  return [
    `graph ${graph.name}`,
    `inputs ${ends(graph.inputs)}`,
    ...graph.nodes.map((node) => nodeText(graph, node).trimEnd()),
    `outputs ${ends(graph.outputs)}`,
    ...(graph.states ?? []).map((s) => `state %${s.before} <- %${s.after} "${s.name}"`),
    '',
  ].join('\n');
}
