import { elements, type Shape } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';

export interface Weight {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Where a layer is in the model, as the kinds of files name it. */
export interface LayerPath {
  readonly name: string;
  /** the layer of the outermost model that it is, or is part of */
  readonly outer: string;
  /** `layers/functional/layers/conv2d`: classes in snake case, counted */
  readonly store: string;
}

/** The weights of a model file. */
export interface WeightSource {
  /**
   * @param roles names of the layer's weights in the order in which the layer made them
   * @param part of the layer that has them, e.g. `cell`
   * @throws Problem `keras-weights` where one is missing
   */
  take(layer: LayerPath, roles: readonly string[], part: string, from: string): readonly Weight[];
}

/** A weight under its full name, e.g. `lstm/lstm_cell/kernel:0`, not read yet. */
export interface NamedWeight {
  readonly name: string;
  read(from: string): Weight;
}

export const missing = (what: string, from: string): Problem =>
  new Problem('keras-weights', `the file has no ${what} for it`, from, 'save the whole model again, with its weights');

const partsOf = (name: string): string[] => name.replace(/:\d+$/, '').split('/');

/** Keras 3 calls the kernel of a depthwise layer like any other. */
const alias: Readonly<Record<string, string>> = { depthwise_kernel: 'kernel' };

function fitting(named: readonly NamedWeight[], role: string): NamedWeight[] {
  const last = ({ name }: NamedWeight): string => partsOf(name).at(-1)!;
  const fits = named.filter((w) => last(w) === role || last(w).replace(/_\d+$/, '') === role);
  return fits.length || !Object.hasOwn(alias, role) ? fits : fitting(named, alias[role]!);
}

/** The weight of a role; those under the layer's own name come first, a layer's own group holds no others. */
function best(named: readonly NamedWeight[], { name, outer }: LayerPath, role: string, part: string) {
  const fits = fitting(named, role);
  const owned = fits.filter((w) => partsOf(w.name).slice(0, -1).includes(name));
  const among = owned.length || name !== outer ? owned : fits;
  const start = part.split(/[/_]/)[0]!;
  const inPart = among.filter((w) => start !== '' && partsOf(w.name).some((p) => p.startsWith(start)));
  return (inPart.length ? inPart : among)[0];
}

/**
 * Weights found by name: layer and role are parts of it.
 * @param of gives those of one layer of the outermost model
 * @param mixed those of all layers: then the layer's name must be there
 */
export const byName = (of: (outer: string) => readonly NamedWeight[], mixed = false): WeightSource => ({
  take: (layer, roles, part, from) => {
    const named = of(layer.outer);
    return roles.map((role) => {
      const found = best(named, mixed ? { ...layer, outer: '' } : layer, role, part);
      if (!found) throw missing(`"${role}"`, from);
      return found.read(from);
    });
  },
});

/** @throws Problem `keras-weights` unless the weight has that shape */
export function demandShape(weight: Weight, shape: Shape, role: string, from: string): Weight {
  if (`${weight.shape}` !== `${shape}` || weight.data.length !== elements(shape))
    throw new Problem('keras-weights', `its "${role}" has shape [${weight.shape}] instead of [${shape}]`, from);
  if (!weight.data.every(Number.isFinite)) throw new Problem('not-finite', `its "${role}" holds NaN or infinity`, from);
  return weight;
}
