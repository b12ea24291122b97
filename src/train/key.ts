import { createHash } from 'node:crypto';
import type { Graph } from '../ir/graph.js';
import type { TrainOptions } from './options.js';

function addGraph(hash: ReturnType<typeof createHash>, graph: Graph): void {
  hash.update(JSON.stringify([graph.nodes, graph.tensors.map((t) => [t.shape, t.type])]));
  for (const { data } of graph.tensors)
    if (data) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** A hash of all that decides what training does: the number of threads does not. */
export function keyOf(dense: Graph, start: Graph, o: TrainOptions): string {
  const { data, validation, storage, checkpoint: _, progress: __, threads: ___, masks, augment, ...settings } = o;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([settings, augment && { ...augment, change: String(augment.change) }, storage?.grids]));
  hash.update(JSON.stringify([data.count, typeof validation === 'object' ? validation.count : validation]));
  hash.update(JSON.stringify([masks && { ...masks, goal: undefined }]));
  for (const graph of [dense, start, ...(masks && 'goal' in masks ? [masks.goal] : [])]) addGraph(hash, graph);
  for (const i of [0, data.count - 1])
    for (const x of data.inputs(i)) hash.update(new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
  return hash.digest('hex').slice(0, 20);
}
