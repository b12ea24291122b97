/** Keras files as Keras writes them, for tests. */
import { zipSync } from 'fflate';

export interface Layer {
  readonly class_name: string;
  readonly config: { readonly name: string; readonly [key: string]: unknown };
  readonly inbound_nodes?: unknown;
  /** in the order in which the layer makes them */
  readonly weights?: readonly (readonly [name: string, shape: readonly number[], data: Float32Array])[];
  /** where a `.keras` file has them, below the layer */
  readonly part?: string;
}

const snake = (name: string): string =>
  name
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

async function hdf5(write: (file: import('h5wasm/node').File) => void): Promise<Uint8Array> {
  const library = await import('h5wasm/node');
  await library.ready;
  const { File, FS } = library;
  const file = new File('/written.h5', 'w');
  write(file);
  file.close();
  const bytes = FS!.readFile('/written.h5') as Uint8Array;
  FS!.unlink('/written.h5');
  return bytes.slice();
}

export const config = (kind: string, layers: readonly Layer[], rest: object = {}) => ({
  class_name: kind,
  config: {
    name: 'model',
    layers: layers.map(({ weights: _, part: __, ...layer }) => ({ name: layer.config.name, ...layer })),
    ...rest,
  },
});

/** As model.save('x.h5'). */
export const h5 = (model: object, layers: readonly Layer[], version = '2.12.0'): Promise<Uint8Array> =>
  hdf5((file) => {
    file.create_attribute('model_config', JSON.stringify(model));
    file.create_attribute('keras_version', version);
    const root = file.create_group('model_weights');
    root.create_attribute(
      'layer_names',
      layers.map((l) => l.config.name),
    );
    for (const { config: c, weights = [] } of layers) {
      const group = root.create_group(c.name);
      if (weights.length)
        group.create_attribute(
          'weight_names',
          weights.map(([name]) => `${c.name}/${name}:0`),
        );
      for (const [name, shape, data] of weights) {
        const path = `${c.name}/${name}:0`.split('/');
        const parent = path
          .slice(0, -1)
          .reduce((g, part) => (g.get(part) as typeof g | null) ?? g.create_group(part), group);
        parent.create_dataset({ name: path.at(-1)!, data, shape: [...shape], dtype: '<f4' });
      }
    }
  });

/** As model.save('x.keras'). */
export async function keras(model: object, layers: readonly Layer[]): Promise<Uint8Array> {
  const weights = await hdf5((file) => {
    const counts = new Map<string, number>();
    for (const { class_name: kind, weights: list = [], part } of layers) {
      const count = counts.get(kind) ?? 0;
      counts.set(kind, count + 1);
      if (!list.length) continue;
      const path = `layers/${snake(kind)}${count ? `_${count}` : ''}${part ? `/${part}` : ''}/vars`.split('/');
      const parent = path.reduce<import('h5wasm/node').Group>(
        (g, p) => (g.get(p) as typeof g | null) ?? g.create_group(p),
        file,
      );
      list.forEach(([, shape, data], i) => {
        parent.create_dataset({ name: `${i}`, data, shape: [...shape], dtype: '<f4' });
      });
    }
  });
  const text = new TextEncoder().encode(JSON.stringify(model));
  return zipSync({ 'config.json': text, 'metadata.json': new Uint8Array(), 'model.weights.h5': weights });
}
