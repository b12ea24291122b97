import type { Graph } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import type { Json } from './fields.js';
import { Hdf5 } from './hdf5.js';
import { buildKeras } from './model.js';
import { byName, missing, type NamedWeight, type WeightSource } from './weights.js';

/** @throws Problem `keras-config` */
function parsed(text: string, what: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new Problem('keras-config', `${what} is no valid JSON`, undefined, 'save the model again');
  }
}

/** Weights of `model.save('x.h5')`: a group per layer, whose attribute lists the weights in it. */
function groupsOf(file: Hdf5): WeightSource {
  const root = file.has('model_weights') ? 'model_weights/' : '';
  const known = new Map<string, readonly NamedWeight[]>();
  const read = (outer: string): NamedWeight[] =>
    file.names(`${root}${outer}`, 'weight_names').map((name) => ({
      name,
      read: (from) => file.weight(`${root}${outer}/${name}`, from),
    }));
  return byName((outer) => {
    if (!known.has(outer)) known.set(outer, file.has(`${root}${outer}`) ? read(outer) : []);
    return known.get(outer)!;
  });
}

/** Weights of a `.keras` file: numbered, under the layer's class. */
const storeOf = (file: Hdf5): WeightSource => ({
  take: ({ store }, roles, part, from) =>
    roles.map((role, i) => {
      const path = `${store}${part && `/${part}`}/vars/${i}`;
      if (!file.has(path)) throw missing(`"${role}" (${path})`, from);
      return file.weight(path, from);
    }),
});

/** Files of Keras 1 do not say who wrote them. */
const majorOf = (file: Hdf5): number => Number.parseInt(file.text('', 'keras_version') ?? '2', 10) || 2;

/**
 * Reads a model that Keras 2.2 to 3 saved as HDF5.
 * @throws Problem: a damaged file (`hdf5-corrupt`, `keras-config`, `keras-weights`), a layer outside the vocabulary
 */
export const importKerasH5 = (bytes: Uint8Array, name: string): Promise<Graph> =>
  Hdf5.read(bytes, (file) => {
    const config = file.text('', 'model_config');
    if (config === undefined)
      throw new Problem(
        'keras-weights-only',
        'the file holds no description of the model, only weights or something else',
        undefined,
        'save the whole model: model.save("model.keras")',
      );
    return buildKeras(parsed(config, 'the description of the model'), groupsOf(file), name, majorOf(file));
  });

const mostUnpacked = 2 ** 30;

/** The files of a `.keras` archive that matter. */
async function unpack(bytes: Uint8Array): Promise<Record<string, Uint8Array>> {
  const { unzipSync } = await import('fflate');
  let total = 0;
  const filter = ({ name, originalSize }: { name: string; originalSize: number }): boolean => {
    if (name !== 'config.json' && name !== 'model.weights.h5') return false;
    total += originalSize;
    if (total > mostUnpacked) throw new Problem('too-large', `"${name}" unpacks to ${originalSize} bytes`);
    return true;
  };
  try {
    return unzipSync(bytes, { filter });
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(
      'keras-corrupt',
      `the archive cannot be read (${(error as Error).message})`,
      undefined,
      'save the model again',
    );
  }
}

/**
 * Reads a `.keras` file of Keras 3.
 * @throws Problem as `importKerasH5`, `keras-corrupt`
 */
export async function importKeras(bytes: Uint8Array, name: string): Promise<Graph> {
  const files = await unpack(bytes);
  const [config, weights] = [files['config.json'], files['model.weights.h5']];
  if (!config || !weights)
    throw new Problem(
      'keras-corrupt',
      `the archive has no ${config ? 'model.weights.h5' : 'config.json'}`,
      undefined,
      'give a file that model.save("model.keras") wrote',
    );
  const json = parsed(new TextDecoder().decode(config), 'config.json');
  return Hdf5.read(weights, (file) => buildKeras(json, storeOf(file), name, 3));
}
