import { type Graph, type State, type TensorId, tensorBytes } from '../ir/graph.js';
import { Problem } from '../support/problem.js';
import type { PlacedState, StateLayout } from './plan.js';
import { aliases } from './schedule.js';
import type { Choice } from './select.js';

const bad = (message: string, state: State): Problem =>
  new Problem('state-order', message, `state "${state.name}"`, 'this is a limit of Espalier: please report the model');

/** How states change: what each step reads, and what it writes beside its output. */
class Changes {
  private readonly root: (id: TensorId) => TensorId;
  constructor(
    private readonly graph: Graph,
    private readonly choices: readonly Choice[],
  ) {
    this.root = aliases(graph);
  }

  private lastRead(id: TensorId): number {
    return this.choices.findLastIndex((c) => c.reads.some((read) => this.root(read) === id));
  }

  /** The step that updates a state where it lies: its node has the new value as a further output. */
  private updates({ before, after }: State): number {
    return this.choices.findIndex(({ site: { node } }) => node.out.indexOf(after) > 0 && node.in.includes(before));
  }

  /**
   * Can the new value be written over the old one? Then whoever reads the old one comes first.
   * @throws Problem `state-order`
   */
  inPlace(state: State): boolean {
    const { graph, root } = this;
    const update = this.updates(state);
    if (update >= 0) {
      if (this.lastRead(state.before) > update) throw bad('it is read after it was updated', state);
      return true;
    }
    const after = root(state.after);
    if (graph.tensors[after]!.data) throw bad('it becomes a constant', state);
    const others = (graph.states ?? []).filter((s) => s !== state);
    if (others.some((s) => s.before === after)) throw bad('it becomes the old value of another state', state);
    const written = this.choices.findIndex((c) => root(c.writes) === after);
    const shared = others.some((s) => root(s.after) === after) || graph.outputs.some((id) => root(id) === after);
    return written >= 0 && !shared && this.lastRead(state.before) < written;
  }

  homesOf(state: State, copied: boolean): TensorId[] {
    return copied ? [state.before] : [state.before, this.root(state.after)];
  }
}

/** Every further output of a node must be the new value of a state that it reads. @throws Problem `state-missing` */
function checkFurther(graph: Graph, choices: readonly Choice[]): void {
  for (const { site } of choices)
    for (const id of site.node.out.slice(1))
      if (!graph.states?.some((s) => s.after === id && site.node.in.includes(s.before)))
        throw new Problem(
          'state-missing',
          'what it starts from and what it leaves are no state of the model, which is not supported',
          site.node.from,
          'let it start from zeros',
        );
}

/**
 * Places the states of a graph in a memory of their own, which the caller keeps.
 * @param align bytes
 * @throws Problem `state-order`, `state-missing`
 */
export function stateLayout(graph: Graph, choices: readonly Choice[], align: number): StateLayout {
  checkFurther(graph, choices);
  const changes = new Changes(graph, choices);
  const homes = new Map<TensorId, number>();
  let bytes = 0;
  const states = (graph.states ?? []).map((state): PlacedState => {
    const copied = !changes.inPlace(state);
    const offset = bytes;
    const size = tensorBytes(graph.tensors[state.before]!);
    for (const id of changes.homesOf(state, copied)) homes.set(id, offset);
    bytes += Math.ceil(size / align) * align;
    return { state, offset, bytes: size, copied };
  });
  return { bytes, states, homes };
}
