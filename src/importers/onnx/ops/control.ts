import type { Operator, OpRows } from '../operator.js';

/** The branch that a constant condition chooses. */
function branch(op: Operator): void {
  const chosen = op.constant(0, 'the condition')[0] ? 'then_branch' : 'else_branch';
  op.runGraph(op.attribute(chosen)).forEach((value, i) => {
    op.out(value, i);
  });
}

export const control: OpRows = { If: { inputs: [1, 1], build: branch } };
