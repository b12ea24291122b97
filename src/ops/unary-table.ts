import type { Node, NodeOf, Tensor } from '../ir/graph.js';
import { quantizeLaw } from './quantize.js';
import { reluLaw } from './relu.js';
import { logisticLaw, tanhLaw } from './sigmoid.js';
import { type ByteTable, byteTable, hasTable, type Unary, type UnaryKind } from './unary.js';
import { unaryLaw } from './unary-function.js';

const laws: { readonly [K in UnaryKind]: Unary<K> } = {
  logistic: logisticLaw,
  tanh: tanhLaw,
  relu: reluLaw,
  quantize: quantizeLaw,
  unary: unaryLaw,
};

/**
 * An elementwise node from 8-bit to 8-bit values (logistic, tanh, relu, quantize) as one table, so that a single lookup
 * kernel serves all of them: output = table[input & 255].
 * @returns 256 stored outputs of the output's type (Int8Array for s8, Uint8Array for u8); undefined for any other node
 */
export function unaryTable(node: Node, input: Tensor, output: Tensor): ByteTable | undefined {
  if (!(node.op in laws) || !hasTable(input, output)) return undefined;
  const unary = laws[node.op as UnaryKind] as Unary<UnaryKind>;
  return byteTable(input, output, unary.law(node as NodeOf<UnaryKind>, input, output));
}
