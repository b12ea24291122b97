import type { TensorId } from '../../../ir/graph.js';
import type { GraphNode } from '../node.js';

/** What a fused op does after its product: a bias that goes into the op itself, then the rest. */
export interface Fused {
  readonly bias?: TensorId;
  finish(y: TensorId): TensorId;
}

/** Activations by TensorFlow's name. */
export function activation(node: GraphNode, kind: string, y: TensorId, slope?: TensorId): TensorId {
  switch (kind) {
    case 'Relu':
      return node.node('relu', { act: 'relu' }, [y]);
    case 'Relu6':
      return node.node('relu', { act: 'relu6' }, [y]);
    case 'Sigmoid':
      return node.node('logistic', {}, [y]);
    case 'Tanh':
      return node.node('tanh', {}, [y]);
    case 'Elu':
      return node.node('unary', { fn: 'elu', alpha: 1, beta: 0 }, [y]);
    case 'LeakyRelu':
      return node.node(
        'unary',
        { fn: 'leaky_relu', alpha: node.number('leakyrelu_alpha', node.number('alpha', 0.2)), beta: 0 },
        [y],
      );
    case 'Prelu':
      if (slope !== undefined) return node.node('binary', { fn: 'prelu' }, [y, slope]);
  }
  throw node.problem('activation-unsupported', `fused activation ${kind.slice(0, 30)} is not supported`);
}

/** Scale and offset of a batch normalisation. */
export function normalised(node: GraphNode, y: TensorId, stats: readonly number[], usual: number): TensorId {
  const [gamma, beta, mean, variance] = stats.map((i) => node.constant(i, 'the numbers of its batch normalisation'));
  const epsilon = node.number('epsilon', usual);
  const factor = Array.from(variance!, (v, i) => gamma![i]! / Math.sqrt(v + epsilon));
  const term = Array.from(mean!, (m, i) => beta![i]! - m * factor[i]!);
  if (![...factor, ...term].every(Number.isFinite))
    throw node.problem('not-finite', 'its batch normalisation divides by 0');
  return node.binary('add', node.binary('mul', y, node.numbers('factor', factor)), node.numbers('term', term));
}

/** Reads `fused_ops`; their operands come after input 1. */
export function fused(node: GraphNode): Fused {
  const ops = node.texts('fused_ops');
  const [first, ...rest] = ops;
  if (first === undefined || (first !== 'BiasAdd' && first !== 'FusedBatchNorm')) {
    if (!ops.length) return { finish: (y) => y };
    throw node.problem('op-unsupported', `fuses ${ops.join(', ').slice(0, 60)}`);
  }
  if (rest.length > 1) throw node.problem('op-unsupported', `fuses ${ops.join(', ').slice(0, 60)}`);
  const isBias = first === 'BiasAdd';
  const act = (y: TensorId): TensorId => (rest.length ? activation(node, rest[0]!, y, node.inputs[isBias ? 3 : 6]) : y);
  if (!isBias) return { finish: (y) => act(normalised(node, y, [2, 3, 4, 5], 1e-4)) };
  node.constant(2, 'its bias');
  return { bias: node.input(2), finish: act };
}
