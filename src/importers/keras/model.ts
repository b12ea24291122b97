import type { Graph, TensorId } from '../../ir/graph.js';
import { foldAffine } from '../../normal/affine.js';
import { Problem } from '../../support/problem.js';
import { Draft } from '../draft.js';
import { Fields, isList, isObject, type Json, type JsonObject } from './fields.js';
import { type CallRef, callsOf, flatRefs } from './inbound.js';
import { LayerCall } from './layer.js';
import { layerRow } from './layers/index.js';
import type { LayerPath, WeightSource } from './weights.js';

const mostLayers = 4096;
const mostDepth = 16;
const models = new Set(['Sequential', 'Functional', 'Model']);

/** A layer as a model lists it. */
interface Entry {
  readonly kind: string;
  readonly fields: Fields;
  readonly path: LayerPath;
  /** inputs of each call; none in a Sequential model */
  readonly calls: readonly (readonly CallRef[])[];
}

/** `MaxPooling2D` -> `max_pooling2d`. Source: Keras, naming.to_snake_case. */
const snake = (name: string): string =>
  name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** Builds the graph of a Keras model, nested models inlined. */
class Builder {
  readonly draft = new Draft();
  readonly inputs: TensorId[] = [];
  private layers = 0;

  constructor(
    private readonly source: WeightSource,
    private readonly keras: number,
  ) {}

  private entries(config: Fields, outer: LayerPath | undefined): Entry[] {
    const list = isList(config.get('layers')) ? (config.get('layers') as readonly Json[]) : undefined;
    if (!list?.length) throw new Problem('keras-config', 'the model has no layers', config.from);
    this.layers += list.length;
    if (this.layers > mostLayers) throw new Problem('too-large', `more than ${mostLayers} layers`, config.from);
    const counts = new Map<string, number>();
    return list.map((layer, i) => entryOf(layer, i, counts, outer, config.from));
  }

  /** @param given inputs of a nested model; absent for the outermost one */
  model(kind: string, config: Fields, given: readonly TensorId[] | undefined, path?: LayerPath, depth = 0): TensorId[] {
    if (depth > mostDepth) throw new Problem('keras-config', 'models are nested too deeply', config.from);
    const entries = this.entries(config, path);
    return kind === 'Sequential'
      ? [this.sequential(entries, config, given, depth)]
      : this.functional(entries, config, given, depth);
  }

  private input(entry: Fields, name: string): TensorId {
    const shape = entry.get('batch_shape') ?? entry.get('batch_input_shape');
    if (!isList(shape)) throw new Problem('keras-config', 'the shape of the input is not given', entry.from);
    const type = typeof entry.get('dtype') === 'string' && /^u?int/.test(entry.text('dtype')) ? 's32' : 'f32';
    const id = this.draft.input(name, [(shape[0] as number | null) ?? 1, ...(shape.slice(1) as number[])], type);
    this.inputs.push(id);
    return id;
  }

  private sequential(entries: readonly Entry[], config: Fields, given: readonly TensorId[] | undefined, depth: number) {
    if (given && given.length !== 1)
      throw new Problem('op-arity', `${given.length} inputs where 1 is expected`, config.from);
    let x = given?.[0];
    for (const entry of entries) {
      if (entry.kind === 'InputLayer') {
        x ??= this.input(entry.fields, entry.path.name);
        continue;
      }
      x ??= this.firstInput(entry.fields, config);
      x = this.layer(entry, [x], depth)[0]!;
    }
    return x!;
  }

  /** A Sequential model may leave the shape of its input to its first layer, or to what it was built with. */
  private firstInput(first: Fields, config: Fields): TensorId {
    const nested = first.get('layers');
    const inner = isList(nested) && isObject(nested[0]) && isObject(nested[0].config) ? nested[0].config : undefined;
    const built = config.get('build_input_shape') ?? null;
    const shape = [first.json, inner, { batch_input_shape: built }].find(
      (c) => c && isList((c.batch_input_shape as Json) ?? (c.batch_shape as Json)),
    );
    if (!shape)
      throw new Problem(
        'tensor-dynamic',
        'the model does not say what shape its input has',
        config.from,
        'build the model with an Input layer before saving it',
      );
    return this.input(new Fields(shape, first.from), 'input');
  }

  private functional(
    entries: readonly Entry[],
    config: Fields,
    given: readonly TensorId[] | undefined,
    depth: number,
  ): TensorId[] {
    const done = new Map<string, readonly TensorId[]>();
    const names = flatRefs(config.get('input_layers') ?? null, config.from).map((r) => r.layer);
    if (given && given.length !== names.length)
      throw new Problem('op-arity', `${given.length} inputs where ${names.length} are expected`, config.from);
    const byName = new Map(entries.map((e) => [e.path.name, e]));
    for (const [i, name] of names.entries()) {
      const entry = byName.get(name);
      if (!entry) throw new Problem('keras-config', `input layer "${name}" does not exist`, config.from);
      done.set(key(name, 0), [given ? given[i]! : this.input(entry.fields, name)]);
    }
    const offsets = offsetsOf(entries);
    const find = (ref: CallRef): TensorId | undefined =>
      resultOf(done.get(key(ref.layer, ref.call - (offsets.get(ref.layer) ?? 0))), ref, config.from);
    this.callAll(entries, done, find, config, depth);
    return flatRefs(config.get('output_layers') ?? null, config.from).map((ref) => {
      const id = find(ref);
      if (id === undefined) throw new Problem('keras-config', `output "${ref.layer}" does not exist`, config.from);
      return id;
    });
  }

  /** Calls layers as soon as their inputs are there; files list them nearly in order. */
  private callAll(
    entries: readonly Entry[],
    done: Map<string, readonly TensorId[]>,
    find: (ref: CallRef) => TensorId | undefined,
    config: Fields,
    depth: number,
  ): void {
    let pending = entries.flatMap((entry) =>
      entry.calls.map((refs, i) => ({ entry, refs, at: key(entry.path.name, i) })),
    );
    while (pending.length) {
      const later = pending.filter(({ entry, refs, at }) => {
        const inputs = refs.map(find);
        if (!inputs.every((id) => id !== undefined)) return true;
        done.set(at, this.layer(entry, inputs as TensorId[], depth));
        return false;
      });
      if (later.length === pending.length)
        throw new Problem(
          'keras-config',
          `"${later[0]!.entry.path.name}" waits for layers that never run`,
          config.from,
        );
      pending = later;
    }
  }

  private layer({ kind, fields, path }: Entry, inputs: readonly TensorId[], depth: number): readonly TensorId[] {
    if (models.has(kind)) return this.model(kind, fields, inputs, path, depth + 1);
    return [layerRow(kind, fields)(new LayerCall(this.draft, kind, fields, inputs, path, this.source, this.keras))];
  }
}

const key = (layer: string, call: number): string => `${call}:${layer}`;

function resultOf(results: readonly TensorId[] | undefined, ref: CallRef, from: string): TensorId | undefined {
  if (!results) return undefined;
  const id = results[ref.tensor];
  if (id === undefined)
    throw new Problem(
      'keras-config',
      `reads result ${ref.tensor} of "${ref.layer}", which gives ${results.length}`,
      from,
    );
  return id;
}

/** A nested model counts its own making as call 0, in files of Keras 2. */
function offsetsOf(entries: readonly Entry[]): Map<string, number> {
  const most = new Map<string, number>();
  for (const { calls } of entries)
    for (const ref of calls.flat()) most.set(ref.layer, Math.max(most.get(ref.layer) ?? 0, ref.call));
  return new Map(
    entries
      .filter((e) => models.has(e.kind) && (most.get(e.path.name) ?? 0) === e.calls.length)
      .map((e) => [e.path.name, 1]),
  );
}

function entryOf(
  layer: Json,
  index: number,
  counts: Map<string, number>,
  outer: LayerPath | undefined,
  from: string,
): Entry {
  if (!isObject(layer) || typeof layer.class_name !== 'string')
    throw new Problem('keras-config', `layer ${index} is not described`, from);
  const kind = layer.class_name;
  const config: JsonObject = isObject(layer.config)
    ? layer.config
    : isList(layer.config)
      ? { layers: layer.config }
      : {};
  const given = layer.name ?? config.name;
  const name = typeof given === 'string' ? given : `${snake(kind)}_${index}`;
  const count = counts.get(snake(kind)) ?? 0;
  counts.set(snake(kind), count + 1);
  const store = `${outer ? `${outer.store}/` : ''}layers/${snake(kind)}${count ? `_${count}` : ''}`;
  const fields = new Fields(config, `layer "${name.slice(0, 64)}" (${kind.slice(0, 64)})`);
  return {
    kind,
    fields,
    path: { name, outer: outer?.outer ?? name, store },
    calls: callsOf(layer.inbound_nodes ?? null, fields.from),
  };
}

/**
 * The float graph of a Keras model; batch normalisation that follows a convolution or dense layer is folded into it.
 * @param config `{ class_name, config }` as Keras writes it
 * @param keras major version that wrote it
 * @throws Problem naming the layer
 */
export function buildKeras(config: Json, source: WeightSource, name: string, keras: number): Graph {
  if (!isObject(config) || typeof config.class_name !== 'string')
    throw new Problem('keras-config', 'the description of the model has no class');
  const kind = config.class_name;
  if (!models.has(kind))
    throw new Problem(
      'layer-unsupported',
      `the model is of the class ${kind.slice(0, 64)}, which only its own code can run`,
      undefined,
      'save it as a Sequential or functional model, or export it to TFLite or ONNX',
    );
  const settings = isList(config.config) ? { layers: config.config } : isObject(config.config) ? config.config : {};
  const built = isObject(config.build_config) ? config.build_config.input_shape : undefined;
  const fields = new Fields(
    built && !settings.build_input_shape ? { ...settings, build_input_shape: built } : settings,
    'model',
  );
  const builder = new Builder(source, keras);
  const outputs = builder.model(kind, fields, undefined);
  return foldAffine(builder.draft.graph(name, builder.inputs, outputs));
}
