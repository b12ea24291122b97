import type { TensorId } from '../../../ir/graph.js';
import type { Operator, OpRows } from '../operator.js';
import { FULLY_CONNECTED } from '../schema.js';
import { weighted } from './weights.js';

/** TFLite reads the input as rows of K values, whatever its shape; the graph wants K to be the last axis. */
function asRows(op: Operator, x: TensorId, K: number): TensorId {
  const { shape } = op.tensor(x);
  if (shape.at(-1) === K) return x;
  const rows = shape.reduce((n, d) => n * d, 1) / K;
  if (!Number.isInteger(rows)) throw op.problem('op-shape', `input [${shape}] is not made of rows of ${K} values`);
  return op.reshaped(x, [rows, K]);
}

function fullyConnected(op: Operator): void {
  const { act, weightsFormat } = op.options(FULLY_CONNECTED);
  if (weightsFormat) throw op.problem('op-attribute', 'shuffled weights are not supported');
  const { x, w, inputs } = weighted(op, 0);
  const { shape } = op.tensor(w);
  if (shape.length !== 2) throw op.problem('op-shape', `weights [${shape}] should have 2 dimensions`);
  op.emit('fully_connected', { act: op.activation(act) }, [asRows(op, x, shape[1]!), ...inputs.slice(1)]);
}

export const dense: OpRows = { FULLY_CONNECTED: { inputs: [2, 3], build: fullyConnected } };
