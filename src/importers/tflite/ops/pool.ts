import type { Operator, OpRow, OpRows } from '../operator.js';
import { POOL_2D, REDUCER } from '../schema.js';
import { axes } from './axes.js';
import { padding, pair, rank4 } from './window.js';

const pool = (kind: 'average_pool2d' | 'max_pool2d'): OpRow => ({
  inputs: [1, 1],
  build(op) {
    const o = op.options(POOL_2D);
    const x = op.input(0);
    const filter = pair(op, 'filter', o.filterH, o.filterW);
    const stride = pair(op, 'stride', o.strideH, o.strideW);
    const pad = padding(op, o.padding, rank4(op, x, 'input'), filter, stride, [1, 1]);
    op.emit(kind, { filter, stride, pad, act: op.activation(o.act) }, [x]);
  },
});

function mean(op: Operator): void {
  const x = op.input(0);
  const { shape } = op.tensor(x);
  const sorted = [...new Set(axes(op, op.constant(1, 'the list of axes'), shape.length))].sort((a, b) => a - b);
  op.emit('mean', { axes: sorted, keepDims: op.options(REDUCER).keepDims }, [x]);
}

export const pools: OpRows = {
  AVERAGE_POOL_2D: pool('average_pool2d'),
  MAX_POOL_2D: pool('max_pool2d'),
  MEAN: { inputs: [2, 2], build: mean },
};
