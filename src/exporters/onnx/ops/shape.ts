import type { NodeOf } from '../../../ir/graph.js';
import { axisIn, orderIn } from '../layout.js';
import type { OnnxWriter } from '../writer.js';
import { freeLayout } from './elementwise.js';

/** Elements keep their order; a copy of the same shape keeps its layout too. */
export function writeReshape(w: OnnxWriter, node: NodeOf<'reshape'>): void {
  const [x, y] = [node.in[0]!, node.out[0]!];
  const [from, to] = [w.tensor(x).shape, w.tensor(y).shape];
  if (`${from}` !== `${to}`) {
    w.reshaped(x, to, w.define(y, 'plain'));
    return;
  }
  const layout = freeLayout(w, node);
  const source = w.need(x, layout);
  w.emit('Identity', [source], w.define(y, layout));
}

export function writeTranspose(w: OnnxWriter, node: NodeOf<'transpose'>): void {
  const x = w.need(node.in[0]!, 'plain');
  w.emit('Transpose', [x], w.define(node.out[0]!, 'plain'), { perm: node.attr.perm });
}

export function writeConcatenation(w: OnnxWriter, node: NodeOf<'concatenation'>): void {
  const layout = freeLayout(w, node);
  const inputs = node.in.map((id) => w.need(id, layout));
  w.activated(node.out[0]!, layout, node.attr.act, (output) => {
    w.emit('Concat', inputs, output, { axis: axisIn(layout, node.attr.axis) });
  });
}

export function writePad(w: OnnxWriter, node: NodeOf<'pad'>): void {
  const layout = freeLayout(w, node);
  const { before, after, value } = node.attr;
  const x = w.need(node.in[0]!, layout);
  const output = w.define(node.out[0]!, layout);
  const pads = w.integers(`${output}_pads`, [...orderIn(layout, before), ...orderIn(layout, after)]);
  w.emit('Pad', [x, pads, w.floats(`${output}_value`, [], [value])], output);
}

/** Without kept axes what is left of a channels-first image must lie as in the graph. */
export function writeMean(w: OnnxWriter, node: NodeOf<'mean'>): void {
  const { axes, keepDims } = node.attr;
  const x = node.in[0]!;
  const isImage = w.tensor(x).shape.length === 4 && w.has(x, 'channels-first');
  const staysInOrder = axes.includes(3) || (axes.includes(1) && axes.includes(2));
  const layout = isImage && (keepDims || staysInOrder) ? 'channels-first' : 'plain';
  const source = w.need(x, layout);
  const output = w.define(node.out[0]!, keepDims ? layout : 'plain');
  const places = axes.map((axis) => axisIn(layout, axis)).sort((a, b) => a - b);
  w.emit('ReduceMean', [source], output, { axes: places, keepdims: keepDims ? 1 : 0 });
}
