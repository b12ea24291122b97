import type { State, TensorData, TensorId } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import { CALL_ONCE, type OPERATOR, SUBGRAPH, VAR_HANDLE } from './schema.js';
import { type Row, read, type Table } from './table.js';
import { Tensors } from './tensors.js';

interface Variable {
  readonly name: string;
  /** read before anything was assigned */
  before?: TensorId;
  /** what was assigned last */
  value?: TensorId;
  initial?: TensorData;
}

type OperatorRow = Row<typeof OPERATOR>;

/** The operators of a subgraph by name, as the importer reads them. */
export interface Code {
  readonly kind: string;
  readonly row: OperatorRow;
}

const kinds = new Set(['VAR_HANDLE', 'READ_VARIABLE', 'ASSIGN_VARIABLE', 'CALL_ONCE']);

/** Operators that work on variables: they become no nodes but states of the graph. */
export const isVariableKind = (kind: string): boolean => kinds.has(kind);

/** What the operators of one subgraph call by which tensor. */
class Handles {
  private readonly names = new Map<number, string>();

  add({ options, outputs }: OperatorRow, where: string): void {
    const { container, sharedName } = read(options, VAR_HANDLE.fields);
    if (outputs.length !== 1) throw new Problem('op-arity', `${outputs.length} outputs where 1 is expected`, where);
    this.names.set(outputs[0]!, `${container}/${sharedName}`);
  }

  name({ inputs }: OperatorRow, where: string): string {
    const name = this.names.get(inputs[0] ?? -1);
    if (name === undefined) throw new Problem('tflite-corrupt', 'names no variable', where);
    return name;
  }
}

/** The variables of a model: their reads and writes in order become old and new values of states. */
export class Variables {
  private readonly all = new Map<string, Variable>();
  private readonly handles = new Handles();

  constructor(
    private readonly tensors: Tensors,
    /** the file's subgraphs and their operators, for those that run once */
    private readonly subgraphs: readonly Table[],
    private readonly operators: (subgraph: Row<typeof SUBGRAPH>) => readonly Code[],
    private readonly buffers: readonly Table[],
  ) {}

  private variable(row: OperatorRow, handles: Handles, where: string): Variable {
    const name = handles.name(row, where);
    const known = this.all.get(name) ?? { name };
    this.all.set(name, known);
    return known;
  }

  /** An operator of the main subgraph. @throws Problem */
  run(kind: string, row: OperatorRow, where: string): void {
    if (kind === 'VAR_HANDLE') this.handles.add(row, where);
    else if (kind === 'READ_VARIABLE') this.read(this.variable(row, this.handles, where), row, where);
    else if (kind === 'ASSIGN_VARIABLE') {
      const value = this.tensors.id(this.tensors.tensor(row.inputs[1] ?? -1, where));
      this.variable(row, this.handles, where).value = value;
    } else this.once(row, where);
  }

  private read(variable: Variable, row: OperatorRow, where: string): void {
    const output = row.outputs[0] ?? -1;
    const known = variable.value ?? variable.before;
    if (known === undefined) variable.before = this.tensors.id(this.tensors.tensor(output, where));
    else this.tensors.alias(output, known, where);
  }

  /** The subgraph that runs once gives variables their first values. */
  private once(row: OperatorRow, where: string): void {
    const { init } = read(row.options, CALL_ONCE.fields);
    const table = init > 0 ? this.subgraphs[init] : undefined;
    if (!table) throw new Problem('tflite-corrupt', `runs subgraph #${init} of ${this.subgraphs.length}`, where);
    const subgraph = read(table, SUBGRAPH);
    const tensors = new Tensors(subgraph.tensors, this.buffers);
    const handles = new Handles();
    this.operators(subgraph).forEach((code, i) => {
      const place = `subgraph #${init}, op #${i} ${code.kind}`;
      if (code.kind === 'VAR_HANDLE') handles.add(code.row, place);
      else if (code.kind === 'ASSIGN_VARIABLE') {
        const { data } = tensors.tensor(code.row.inputs[1] ?? -1, place);
        if (!data) throw new Problem('not-constant', 'what a variable begins with must be constant', place);
        this.variable(code.row, handles, place).initial = data;
      } else throw new Problem('op-unsupported', `${code.kind} is not supported where a model begins`, place);
    });
  }

  /** States of the variables that one run leaves to the next; those that never change become constants. */
  states(): State[] {
    return [...this.all.values()].flatMap(({ name, before, value, initial }): State[] => {
      if (before === undefined) return [];
      const changed = value !== undefined && value !== before;
      if (!changed) this.tensors.settle(before, initial);
      return changed ? [{ name, before, after: value, ...(initial && { initial }) }] : [];
    });
  }
}
