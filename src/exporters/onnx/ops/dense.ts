import { elements, type NodeOf, type TensorId } from '../../../ir/graph.js';
import type { OnnxWriter } from '../writer.js';

/** Rows [rows, K] of the input times weights [Co, K]; other shapes are brought to rows before and back after. */
export function writeFullyConnected(w: OnnxWriter, node: NodeOf<'fully_connected'>): void {
  const [x, weights, bias] = node.in as [TensorId, TensorId, TensorId?];
  const depth = w.tensor(weights).shape[1]!;
  const rows = elements(w.tensor(x).shape) / depth;
  const isMatrix = w.tensor(x).shape.length === 2 && w.tensor(x).shape[1] === depth;
  const input = isMatrix ? w.need(x, 'plain') : w.reshaped(x, [rows, depth], w.unique(`${w.nameOf(x)}_rows`));
  const inputs = [input, w.need(weights, 'plain'), ...(bias === undefined ? [] : [w.need(bias, 'plain')])];
  const y = node.out[0]!;
  const { shape } = w.tensor(y);
  w.activated(y, 'plain', node.attr.act, (output) => {
    const product = shape.length === 2 ? output : w.unique(`${output}_rows`);
    w.emit('Gemm', inputs, product, { transB: 1 });
    if (product !== output) w.emit('Reshape', [product, w.integers(`${output}_shape`, shape)], output);
  });
}
