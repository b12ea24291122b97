import type { Node, NodeOf, TensorId } from '../../../ir/graph.js';
import { type Layout, permuted, toChannelsFirst } from '../layout.js';
import type { OnnxWriter } from '../writer.js';

/** The layout in which a node that works in any does without a TRANSPOSE: that of its images, if they are images. */
export function freeLayout(w: OnnxWriter, node: Node): Layout {
  const ids = [...node.in.filter((id) => !w.tensor(id).data), ...node.out];
  const areImages = ids.every((id) => w.tensor(id).shape.length === 4);
  const isFirst = node.in.some((id) => !w.tensor(id).data && w.has(id, 'channels-first'));
  return areImages && isFirst ? 'channels-first' : 'plain';
}

/** An operand; a constant of fewer axes gets those of 1 that numpy's rules put before them, so that they can be turned. */
function operand(w: OnnxWriter, id: TensorId, layout: Layout): string {
  const { name, shape, data } = w.tensor(id);
  if (layout === 'plain' || shape.length === 4 || !data) return w.need(id, layout);
  const full = [...new Array<number>(4 - shape.length).fill(1), ...shape];
  const turned = toChannelsFirst.map((axis) => full[axis]!);
  return w.floats(name, turned, permuted(data, full, toChannelsFirst));
}

const binaries = { add: 'Add', sub: 'Sub', mul: 'Mul' } as const;

export function writeBinary(w: OnnxWriter, node: NodeOf<'add'> | NodeOf<'sub'> | NodeOf<'mul'>): void {
  const layout = freeLayout(w, node);
  const inputs = node.in.map((id) => operand(w, id, layout));
  w.activated(node.out[0]!, layout, node.attr.act, (output) => {
    w.emit(binaries[node.op], inputs, output);
  });
}

const unaries = { logistic: 'Sigmoid', tanh: 'Tanh' } as const;

export function writeUnary(w: OnnxWriter, node: NodeOf<'logistic'> | NodeOf<'tanh'>): void {
  const layout = freeLayout(w, node);
  const x = w.need(node.in[0]!, layout);
  w.emit(unaries[node.op], [x], w.define(node.out[0]!, layout));
}

export function writeRelu(w: OnnxWriter, node: NodeOf<'relu'>): void {
  const layout = freeLayout(w, node);
  const x = w.need(node.in[0]!, layout);
  w.activation(node.attr.act, x, w.define(node.out[0]!, layout));
}

/** Over the last axis of the graph, which is the second one of a channels-first image. */
export function writeSoftmax(w: OnnxWriter, node: NodeOf<'softmax'>): void {
  const layout = freeLayout(w, node);
  const { beta } = node.attr;
  const x = w.need(node.in[0]!, layout);
  const output = w.define(node.out[0]!, layout);
  const scaled = beta === 1 ? x : w.emit('Mul', [x, w.floats(`${output}_beta`, [], [beta])], w.unique(`${output}_in`));
  w.emit('Softmax', [scaled], output, { axis: layout === 'plain' ? -1 : 1 });
}
