import { Problem } from '../../support/problem.js';
import { opRows } from './ops/index.js';
import { isSignalKind } from './signal.js';
import { isVariableKind } from './variables.js';

/** An operator by what it is called and what it writes. */
export interface Named {
  readonly kind: string;
  readonly output: string | undefined;
}

/** Operators whose work is in other subgraphs of the file, or who keep state between runs. */
const needOthers = /^(CALL|IF|WHILE|STABLEHLO_(WHILE|CASE|COMPOSITE|REDUCE|SCATTER|SORT|REDUCE_WINDOW))$/;
const stateful = /^(.*RNN|.*LSTM)$/;

function reason(kind: string): string {
  if (needOthers.test(kind)) return ' (it runs another subgraph of the file)';
  return stateful.test(kind) ? ' (it keeps state between runs)' : '';
}

/** One Problem for all operators that cannot be imported, the first one in full; nothing when there are none. */
export function refuseUnsupported(operators: readonly Named[]): void {
  const unknown = operators
    .map((op, index) => ({ ...op, index }))
    .filter(({ kind }) => !Object.hasOwn(opRows, kind) && !isVariableKind(kind) && !isSignalKind(kind));
  const first = unknown[0];
  if (!first) return;
  const others = [...new Set(unknown.map((op) => op.kind))].filter((kind) => kind !== first.kind);
  const rest = others.length ? `; nor are ${others.join(', ')}` : '';
  throw new Problem(
    'op-unsupported',
    `${first.kind} is not supported${reason(first.kind)}${rest} (${unknown.length} of ${operators.length} operators)`,
    `op #${first.index} ${first.kind}${first.output === undefined ? '' : ` "${first.output}"`}`,
    `supported: ${Object.keys(opRows).sort().join(', ')}`,
  );
}
