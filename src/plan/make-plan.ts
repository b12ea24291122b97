import { type Graph, type TensorId, tensorBytes } from '../ir/graph.js';
import type { ConstArray, CType, Target } from '../kernels/kernel.js';
import { Problem } from '../support/problem.js';
import { placeTasks, shrink } from './improve.js';
import type { Call, Plan, Ref, StateLayout, Step } from './plan.js';
import { aliases, type Layout, layoutOf, type Task, taskTensors } from './schedule.js';
import { type Choice, type Objective, selectKernels, targetFor } from './select.js';
import { stateLayout } from './state.js';

export interface PlanOptions {
  /** C name of the model */
  readonly name: string;
  readonly target: Target;
  /** stream rows and move tensors to save RAM; default no */
  readonly optimizeRam?: boolean;
  /** bytes of arena below which saving gains nothing; default 0 */
  readonly enough?: number;
  /** what the choice of kernels favours; default balanced */
  readonly optimize?: Objective;
}

const cTypes: Record<string, CType> = {
  f32: 'float',
  s8: 'int8_t',
  u8: 'uint8_t',
  bool: 'uint8_t',
  s16: 'int16_t',
  s32: 'int32_t',
};

/** Turns placed tasks into steps whose arguments are offsets and arrays. */
class Assembler {
  private readonly constants = new Map<TensorId, ConstArray>();
  private readonly root: (id: TensorId) => TensorId;
  constructor(
    readonly graph: Graph,
    readonly name: string,
    readonly layout: Layout,
    readonly offsets: readonly number[],
    readonly state: StateLayout,
  ) {
    this.root = aliases(graph);
  }

  step(task: Task, step: number): Step {
    const { writes } = taskTensors(task);
    if (task.kind === 'move') {
      const [from, to] = [this.at(writes, step), this.at(writes, step + 1)];
      return { kind: 'move', tensor: writes, from, to, bytes: tensorBytes(this.graph.tensors[writes]!) };
    }
    const kept = this.state.homes.get(this.root(writes));
    if (task.kind === 'call')
      return this.call(task.choice, step, 0, kept ?? this.at(writes, step + 1), undefined, kept !== undefined);
    const window = this.offsets[this.layout.work.get(`${step}:window`)!]!;
    return {
      kind: 'stream',
      producer: this.call(task.producer, step, 0, window),
      consumer: this.call(task.consumer, step, 1, this.at(writes, step + 1), window),
      window: { offset: window, rows: task.shape.windowRows, rowBytes: task.shape.rowBytes },
    };
  }

  private call(choice: Choice, step: number, part: number, output: number, window?: number, state = false): Call {
    const { site, kernel } = choice;
    const bytes = kernel.scratch?.(site) ?? 0;
    const scratch = bytes
      ? { offset: this.offsets[this.layout.work.get(`${step}:scratch${part}`)!]!, bytes }
      : undefined;
    const inputs = choice.reads.map((id, i) =>
      i === 0 && window !== undefined ? { offset: window, tensor: id } : this.ref(id, step),
    );
    const layer = kernel.layer(site);
    return {
      kind: 'call',
      site,
      kernel,
      layer,
      inputs,
      output: { offset: output, tensor: choice.writes, ...(state && { state }) },
      ...(scratch && { scratch }),
    };
  }

  /** Offset of a tensor as step `step` reads it. */
  at(tensor: TensorId, step: number): number {
    return this.offsets[this.layout.blockOf(tensor, step)]!;
  }

  private ref(id: TensorId, step: number): Ref {
    const t = this.graph.tensors[id]!;
    const kept = this.state.homes.get(this.root(id));
    if (kept !== undefined) return { offset: kept, tensor: id, state: true };
    if (!t.data) return { offset: this.at(id, step), tensor: id };
    if (!this.constants.has(id)) {
      const name = `${this.name}_const_${this.constants.size}`;
      this.constants.set(id, { name, type: cTypes[t.type]!, values: t.data, layout: `[${t.shape}] ${t.name}` });
    }
    return { array: this.constants.get(id)!, tensor: id };
  }
}

/** States with the places in the arena of those that are copied. */
const placedStates = (state: StateLayout, assembler: Assembler, steps: number): Plan['state'] => ({
  ...state,
  copies: state.states
    .filter((s) => s.copied)
    .map((s) => ({ from: assembler.at(s.state.after, steps + 1), to: s.offset, bytes: s.bytes })),
});

function checkOutputs(graph: Graph): void {
  for (const id of graph.outputs)
    if (graph.tensors[id]!.data)
      throw new Problem(
        'output-constant',
        `output "${graph.tensors[id]!.name}" is a constant, whatever the input is`,
        'graph outputs',
        'nothing is left to compile; check the model',
      );
}

/**
 * Chooses a kernel per layer and an arena offset per tensor.
 * @throws Problem when a node has no kernel on this target
 */
export function makePlan(graph: Graph, options: PlanOptions): Plan {
  const { name, optimizeRam, optimize } = options;
  const target = targetFor(options.target, optimize ?? 'balanced');
  checkOutputs(graph);
  const choices = selectKernels(graph, target, name, optimize ?? 'balanced');
  const tasks = choices.map((choice): Task => ({ kind: 'call', choice }));
  const state = stateLayout(graph, choices, target.align);
  // Streamed rows and moved tensors do not know of states.
  const placed =
    optimizeRam && !state.bytes
      ? shrink(graph, choices, target, options.enough)
      : placeTasks(graph, tasks, target.align, undefined, state.homes);
  const layout = layoutOf(graph, placed.tasks, state.homes);
  const { offsets, bytes } = placed.placement;
  const assembler = new Assembler(graph, name, layout, offsets, state);
  const steps = placed.tasks.map((task, i) => assembler.step(task, i));
  return {
    name,
    graph,
    target,
    savesRam: optimizeRam ?? false,
    steps,
    blocks: layout.blocks.map((b, i) => ({ ...b, offset: offsets[i]! })),
    arena: bytes,
    state: placedStates(state, assembler, placed.tasks.length),
    inputs: graph.inputs.map((id) => assembler.at(id, 0)),
    outputs: graph.outputs.map((id) => assembler.at(id, placed.tasks.length + 1)),
  };
}
