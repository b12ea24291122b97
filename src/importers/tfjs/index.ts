import type { Graph } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import type { Beside } from '../beside.js';
import { isObject, type Json, type JsonObject } from '../keras/fields.js';
import { buildKeras } from '../keras/model.js';
import { byName, type NamedWeight } from '../keras/weights.js';
import { buildGraphModel } from './graph-model.js';
import { readWeights, type Stored } from './shards.js';

function parsed(bytes: Uint8Array): JsonObject {
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes)) as Json;
    if (isObject(json) && isObject(json.modelTopology)) return json;
  } catch {
    // told below
  }
  throw new Problem(
    'tfjs-corrupt',
    'the file is no model.json of TensorFlow.js',
    undefined,
    'give the model.json that the converter or model.save() wrote, with its weight files beside it',
  );
}

const namedOf = ({ name, shape, data, type }: Stored): NamedWeight => ({
  name,
  read: (from) => {
    if (type === 'f32') return { shape, data: data as Float32Array };
    throw new Problem('tfjs-corrupt', `"${name}" holds no real numbers`, from);
  },
});

const majorOf = ({ keras_version: version }: JsonObject): number =>
  Number.parseInt(typeof version === 'string' ? version : '2', 10) || 2;

/** A model of layers is a Keras model whose weights are in other files. */
function layersModel(topology: JsonObject, weights: ReadonlyMap<string, Stored>, name: string): Graph {
  const named = [...weights.values()].map(namedOf);
  const config = isObject(topology.model_config) ? topology.model_config : topology;
  return buildKeras(
    config,
    byName(() => named, true),
    name,
    majorOf(topology),
  );
}

/**
 * Reads a model of TensorFlow.js: layers-model or graph-model.
 * @param bytes of model.json
 * @param beside reads the weight files
 * @throws Problem: `tfjs-corrupt`, what `readWeights` finds, an op or layer outside the vocabulary
 */
export function importTfjs(bytes: Uint8Array, name: string, beside: Beside): Graph {
  const json = parsed(bytes);
  const topology = json.modelTopology as JsonObject;
  const weights = readWeights(json.weightsManifest, beside);
  return Array.isArray(topology.node)
    ? buildGraphModel(topology.node, json, weights, name)
    : layersModel(topology, weights, name);
}
