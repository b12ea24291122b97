import type { Graph, Node, State, TensorId } from '../ir/graph.js';
import type { ConstArray, Kernel, Layer, Site, Target } from '../kernels/kernel.js';

/** Where an argument lives: at an offset of the arena or of the state, or in a constant array. */
export type Ref =
  | { readonly offset: number; readonly tensor?: TensorId; readonly state?: boolean }
  | { readonly array: ConstArray; readonly tensor?: TensorId };

/** One kernel call. */
export interface Call {
  readonly kind: 'call';
  readonly site: Site;
  readonly kernel: Kernel;
  readonly layer: Layer;
  readonly inputs: readonly Ref[];
  readonly output: { readonly offset: number; readonly tensor: TensorId; readonly state?: boolean };
  readonly scratch?: { readonly offset: number; readonly bytes: number };
}

/** Two calls interleaved by rows: the second reads the first's output from a window of a few rows. */
export interface Stream {
  readonly kind: 'stream';
  readonly producer: Call;
  readonly consumer: Call;
  readonly window: { readonly offset: number; readonly rows: number; readonly rowBytes: number };
}

/** The tensor moves to another place of the arena (memmove). */
export interface Move {
  readonly kind: 'move';
  readonly tensor: TensorId;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

export type Step = Call | Stream | Move;

/** A piece of the arena with its lifetime, for drawings and reports. */
export interface PlacedBlock {
  readonly name: string;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
  readonly offset: number;
}

/** A state in the caller's memory. */
export interface PlacedState {
  readonly state: State;
  /** bytes into the state memory */
  readonly offset: number;
  readonly bytes: number;
  /** computed in the arena and copied after the last step; false where it is written in its place */
  readonly copied: boolean;
}

/** Where states are, and which tensors lie with them instead of in the arena. */
export interface StateLayout {
  readonly bytes: number;
  readonly states: readonly PlacedState[];
  /** tensors, reshaped ones by what they are made of, whose bytes are a state's: offset */
  readonly homes: ReadonlyMap<TensorId, number>;
}

/** Every decision made; emit only prints. */
export interface Plan {
  /** C name of the model: prefix of all symbols */
  readonly name: string;
  readonly graph: Graph;
  readonly target: Target;
  readonly steps: readonly Step[];
  readonly blocks: readonly PlacedBlock[];
  /** were rows streamed and tensors moved to save RAM? */
  readonly savesRam: boolean;
  /** bytes of the arena, with inputs, outputs and scratch in it */
  readonly arena: number;
  /** what the caller keeps between runs */
  readonly state: StateLayout & {
    /** from the arena to the state, after the last step */
    readonly copies: readonly { readonly from: number; readonly to: number; readonly bytes: number }[];
  };
  /** where each graph input and output lies in the arena */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** The calls of a step in the order in which they finish. */
export const callsOf = (step: Step): readonly Call[] =>
  step.kind === 'call' ? [step] : step.kind === 'stream' ? [step.producer, step.consumer] : [];

/** All kernel calls in order. */
export const planCalls = (plan: Plan): Call[] => plan.steps.flatMap(callsOf);

/** The nodes that a call computes. */
export const callNodes = (call: Call): readonly Node[] =>
  call.site.add ? [call.site.node, call.site.add] : [call.site.node];

/** The constant arrays of a layer, each once, in order of use. */
export const layerArrays = (layer: Layer): ConstArray[] => [
  ...new Set(layer.fields.flatMap((f) => f.values.filter((v): v is ConstArray => typeof v === 'object' && v !== null))),
];

/** All constant arrays of the plan in order of use. */
export function planArrays(plan: Plan): ConstArray[] {
  const arrays = planCalls(plan).flatMap((call) => [
    ...layerArrays(call.layer),
    ...call.inputs.flatMap((ref) => ('array' in ref ? [ref.array] : [])),
  ]);
  return [...new Set(arrays)];
}

const widths = { int8_t: 1, uint8_t: 1, int16_t: 2, uint16_t: 2, int32_t: 4, uint32_t: 4, float: 4 };

/** Bytes of a constant array in flash. */
export const arrayBytes = (array: ConstArray): number => array.values.length * widths[array.type];

/** Bytes of all constant arrays of a plan. */
export const planWeights = (plan: Plan): number => planArrays(plan).reduce((n, a) => n + arrayBytes(a), 0);

/** Instructions of a call by estimate. */
export const callInstructions = ({ kernel, site }: Call, target: Target): number =>
  Math.round(kernel.cost(site, target).instructions);

/** Instructions of a plan by estimate. */
export const planInstructions = (plan: Plan): number =>
  planCalls(plan).reduce((n, call) => n + callInstructions(call, plan.target), 0);
