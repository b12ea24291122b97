import type { Parameter } from './parameters.js';

/** What an optimiser remembers of a parameter from step to step; all zeros at first. */
export interface Memory {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** How one step goes. */
export interface Step {
  /** number of the step, from 1 */
  readonly time: number;
  /** length of a step, as a share of the parameter's rms */
  readonly rate: number;
  /** share of a weight that decays per unit of rate; default 0 */
  readonly decay?: number;
}

/** Moves the values of a parameter against their gradient [values.length]. */
export type Optimiser = (p: Parameter, memory: Memory, gradient: ArrayLike<number>, step: Step) => void;

export const freshMemory = ({ values }: Parameter): Memory => ({
  first: new Float32Array(values.length),
  second: new Float32Array(values.length),
});

/** Moves one value; one that would become 0 exactly must not look pruned. */
function move(p: Parameter, i: number, by: number): void {
  const next = p.values[i]! - by;
  p.values[i] = next === 0 && p.mask ? 1e-12 : next;
}

/** Adam with decoupled weight decay (Loshchilov & Hutter, 2019). */
export const adam: Optimiser = (p, { first, second }, gradient, { time, rate, decay = 0 }) => {
  const [a, b] = [0.9, 0.98];
  const [ca, cb] = [1 - a ** time, 1 - b ** time];
  const lost = p.kind === 'weights' ? rate * decay : 0;
  for (let i = 0; i < p.values.length; i++) {
    if (p.mask?.[i] === 0) continue;
    const g = gradient[i]!;
    first[i] = a * first[i]! + (1 - a) * g;
    second[i] = b * second[i]! + (1 - b) * g * g;
    move(p, i, (rate * p.rms * (first[i]! / ca)) / (Math.sqrt(second[i]! / cb) + 1e-12) + lost * p.values[i]!);
  }
};

/**
 * Momentum (Nesterov's), the gradient of each tensor brought to a length of 1 per value: the rate is again a share of the
 * tensor's rms.
 */
export const sgd: Optimiser = (p, { first }, gradient, { rate, decay = 0 }) => {
  let square = 0;
  let count = 0;
  for (let i = 0; i < p.values.length; i++)
    if (p.mask?.[i] !== 0) {
      square += gradient[i]! ** 2;
      count++;
    }
  const size = Math.sqrt(square / Math.max(count, 1)) + 1e-12;
  const [momentum, lost] = [0.9, p.kind === 'weights' ? rate * decay : 0];
  for (let i = 0; i < p.values.length; i++) {
    if (p.mask?.[i] === 0) continue;
    const g = gradient[i]! / size;
    first[i] = momentum * first[i]! + g;
    move(p, i, rate * p.rms * (1 - momentum) * (g + momentum * first[i]!) + lost * p.values[i]!);
  }
};

export const optimisers = { adam, sgd } as const;

/**
 * Share of the rate at a step: rises evenly over the warm-up, then falls as a cosine to 0 at the end.
 * @param time from 1 to steps
 */
export const cosine = (time: number, steps: number, warmUp: number): number =>
  Math.min(1, time / warmUp) * 0.5 * (1 + Math.cos((Math.PI * (time - 1)) / steps));
