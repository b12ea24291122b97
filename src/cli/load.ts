import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type Compiled, type CompileOptions, compile, compileGraph, readModel } from '../compile.js';
import { besideFile } from '../importers/beside.js';
import { importModel } from '../importers/index.js';
import type { Graph } from '../ir/graph.js';
import { checkGraph } from '../ops/check.js';
import { Problem } from '../support/problem.js';
import { type ShapeOptions, shapesOf } from './shape.js';

/** A model file, or a graph that a configuration file holds. */
export type Model = string | Graph;

/**
 * The model named on the command line, else that of the configuration file.
 * @throws Problem `model-missing`
 */
export function modelOf(argument: string | undefined, { model }: { readonly model?: Model }): Model {
  const given = argument ?? model;
  if (given !== undefined) return given;
  throw new Problem(
    'model-missing',
    'no model is given',
    'command line',
    'name a model file, or set `model` in a configuration file',
  );
}

/** Reads and imports a model file; checks a graph. */
export async function importFile(model: Model, options: ShapeOptions = {}): Promise<Graph> {
  if (typeof model === 'string')
    return importModel(readModel(model), basename(model), besideFile(model), shapesOf(options));
  checkGraph(model);
  return model;
}

/** Of all that a graph is. */
function hashOf(graph: Graph): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ ...graph, tensors: graph.tensors.map(({ data: _, ...t }) => t) }));
  for (const { data } of graph.tensors)
    if (data) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}

/** Compiles a model file or a graph. */
export const compileModel = (model: Model, options: CompileOptions): Promise<Compiled> =>
  typeof model === 'string'
    ? compile(model, options)
    : compileGraph(() => importFile(model), { name: model.name, sha256: hashOf(model), format: 'network' }, options);
