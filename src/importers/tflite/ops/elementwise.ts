import type { Activation } from '../../../ir/graph.js';
import type { Operator, OpRow, OpRows } from '../operator.js';
import { ADD, MUL, SOFTMAX, SUB } from '../schema.js';

const binary = (kind: 'add' | 'sub' | 'mul', options: typeof ADD): OpRow => ({
  inputs: [2, 2],
  build(op) {
    op.emit(kind, { act: op.activation(op.options(options).act) }, [op.input(0), op.input(1)]);
  },
});

const unary = (build: (op: Operator) => void): OpRow => ({ inputs: [1, 1], build });

const relu = (act: Exclude<Activation, 'none'>): OpRow => unary((op) => op.emit('relu', { act }, [op.input(0)]));

function softmax(op: Operator): void {
  const { beta } = op.options(SOFTMAX);
  if (!(Number.isFinite(beta) && beta > 0)) throw op.problem('op-attribute', `beta ${beta} is not a positive number`);
  op.emit('softmax', { beta }, [op.input(0)]);
}

/** A float16 or quantised constant becomes float32 at once, without a node. */
/** Sparse constants are dense as soon as they are read. */
function densify(op: Operator): void {
  const given = op.given(0);
  if (!given.data) throw op.problem('tflite-sparse', 'DENSIFY of something that is no constant');
  op.fold(given);
}

function dequantize(op: Operator): void {
  if (op.given(0).data) op.foldToReal(0);
  else op.emit('dequantize', {}, [op.input(0)]);
}

export const elementwise: OpRows = {
  ADD: binary('add', ADD),
  SUB: binary('sub', SUB),
  MUL: binary('mul', MUL),
  LOGISTIC: unary((op) => op.emit('logistic', {}, [op.input(0)])),
  TANH: unary((op) => op.emit('tanh', {}, [op.input(0)])),
  RELU: relu('relu'),
  RELU6: relu('relu6'),
  RELU_N1_TO_1: relu('relu_n1_to_1'),
  SOFTMAX: unary(softmax),
  QUANTIZE: { ...unary((op) => op.emit('quantize', {}, [op.input(0)])), u8: true },
  DENSIFY: unary(densify),
  DEQUANTIZE: { ...unary(dequantize), u8: true },
};
