import type { ArithmeticFn, UnaryFn } from '../../../ir/graph.js';
import type { NodeRow, NodeRows } from '../node.js';
import { activation } from './fused.js';

const binary =
  (op: 'add' | 'sub' | 'mul'): NodeRow =>
  (node) =>
    node.binary(op, node.input(0), node.input(1));

const arithmetic =
  (fn: ArithmeticFn): NodeRow =>
  (node) =>
    node.node('binary', { fn }, [node.input(0), node.input(1)]);

const unary =
  (fn: UnaryFn): NodeRow =>
  (node) =>
    node.node('unary', { fn, alpha: 0, beta: 0 }, [node.input(0)]);

const act: NodeRow = (node) => activation(node, node.kind, node.input(0), node.inputs[1]);

/** Limits are constant inputs. */
const clip: NodeRow = (node) => {
  const [low, high] = [node.constant(1, 'its least value')[0]!, node.constant(2, 'its greatest value')[0]!];
  return node.node('unary', { fn: 'clip', alpha: low, beta: high }, [node.input(0)]);
};

const addN: NodeRow = (node) => node.inputs.slice(1).reduce((sum, x) => node.binary('add', sum, x), node.input(0));

export const elementwise: NodeRows = {
  Add: binary('add'),
  AddV2: binary('add'),
  BiasAdd: binary('add'),
  Sub: binary('sub'),
  Mul: binary('mul'),
  AddN: addN,
  RealDiv: arithmetic('div'),
  Div: arithmetic('div'),
  Maximum: arithmetic('maximum'),
  Minimum: arithmetic('minimum'),
  Pow: arithmetic('pow'),
  FloorDiv: arithmetic('floor_div'),
  FloorMod: arithmetic('mod'),
  SquaredDifference: arithmetic('squared_difference'),
  Relu: act,
  Relu6: act,
  Sigmoid: act,
  Tanh: act,
  Elu: act,
  LeakyRelu: act,
  Prelu: act,
  ClipByValue: clip,
  Softmax: (node) => node.node('softmax', { beta: 1 }, [node.input(0)]),
  LogSoftmax: (node) => node.node('log_softmax', {}, [node.input(0)]),
  Abs: unary('abs'),
  Neg: unary('neg'),
  Exp: unary('exp'),
  Log: unary('log'),
  Sqrt: unary('sqrt'),
  Rsqrt: unary('rsqrt'),
  Square: unary('square'),
  Floor: unary('floor'),
  Ceil: unary('ceil'),
  Round: unary('round'),
  Softplus: unary('softplus'),
  Erf: unary('erf'),
  Sin: unary('sin'),
  Cos: unary('cos'),
};
