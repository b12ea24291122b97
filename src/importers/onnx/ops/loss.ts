import type { Operator, OpRows } from '../operator.js';
import * as types from '../types.js';
import type { Value } from '../value.js';
import { binary, compare, sum } from './binary.js';
import { indices, pick } from './gather.js';
import { logSoftmax, mean, overLast, reduce } from './reduce.js';
import { unary } from './unary.js';

const all = (x: Value): number[] => x.tensor.shape.map((_, i) => i);

/** Losses per element, and the weights by which their mean is taken. */
interface Losses {
  readonly losses: Value;
  readonly weights: Value | undefined;
}

/** Minus the score of the class that is right; scores [N,C,...], classes [N,...]. */
function negative(op: Operator, scores: Value, classes: Value, weights: Value | undefined): Losses {
  const shape = classes.tensor.shape;
  const ignored = op.attribute('ignore_index');
  const skip = ignored && compare(op, 'equal', classes, op.like(classes, op.int('ignore_index', 0)));
  const zero = op.like(classes, 0);
  const places = skip ? op.emit('select', {}, [skip, zero, classes], { of: types.int32, shape }) : classes;
  const lifted = op.reshape(places, [shape[0]!, 1, ...shape.slice(1)]);
  const picked = op.reshape(op.emit('gather_elements', { axis: 1 }, [scores, lifted], { of: scores.of }), shape);
  const ones = op.like(scores, 1, shape);
  const given = weights ? pick(op, weights, places, 0) : skip ? ones : undefined;
  const none = op.like(scores, 0, []);
  const kept = skip && given ? op.emit('select', {}, [skip, none, given], { of: scores.of, shape }) : given;
  const losses = unary(op, 'neg', kept ? sum(op, 'mul', picked, kept) : picked);
  return { losses, weights: kept };
}

function reduced(op: Operator, { losses, weights }: Losses): Value {
  const reduction = op.text('reduction', 'mean');
  if (reduction === 'none') return losses;
  const total = reduce('sum')(op, losses, all(losses), false);
  if (reduction === 'sum') return total;
  if (!weights) return mean(op, losses, all(losses), false);
  return binary(op, 'div', total, reduce('sum')(op, weights, all(weights), false));
}

const weightsOf = (op: Operator): Value | undefined => (op.has(2) ? op.in(2) : undefined);

function negativeLogLikelihood(op: Operator): void {
  op.out(reduced(op, negative(op, op.in(0), indices(op, 1), weightsOf(op))));
}

function softmaxCrossEntropy(op: Operator): void {
  const scores = overLast(op, op.in(0), 1, (x) => logSoftmax(op, x));
  op.out(reduced(op, negative(op, scores, indices(op, 1), weightsOf(op))));
  op.out(scores, 1);
}

export const losses: OpRows = {
  NegativeLogLikelihoodLoss: { inputs: [2, 3], build: negativeLogLikelihood },
  SoftmaxCrossEntropyLoss: { inputs: [2, 3], build: softmaxCrossEntropy },
};
