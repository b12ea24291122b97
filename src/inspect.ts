import { basename } from 'node:path';
import { readModel } from './compile.js';
import { besideFile } from './importers/beside.js';
import { formatOf, type ImportOptions, importModel } from './importers/index.js';
import type { Graph, Node, Tensor } from './ir/graph.js';
import { channels } from './ops/channels.js';
import { graphMacs, nodeMacs } from './ops/macs.js';
import { simplify } from './passes/index.js';
import { countWeights, nodeWeights } from './report/stages.js';

/** What `espalier inspect` tells. */
export interface Inspection {
  readonly name: string;
  readonly format: string;
  readonly inputs: readonly PortView[];
  readonly outputs: readonly PortView[];
  readonly layers: readonly LayerView[];
  readonly tensors: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly type: string;
    readonly constant: boolean;
  }[];
  readonly totals: {
    readonly macs: number;
    readonly liveMacs: number;
    readonly weights: number;
    readonly nonzero: number;
    readonly liveWeights: number;
    readonly removedChannels: number;
  };
}

export interface PortView {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
  readonly scale?: number;
  readonly zeroPoint?: number;
}

export interface LayerView {
  readonly name: string;
  readonly op: string;
  readonly outputShape: readonly number[];
  readonly type: string;
  readonly macs: number;
  /** after exact simplification; null when the layer is gone */
  readonly liveMacs: number | null;
  readonly weights: number;
  readonly nonzero: number;
  readonly removedChannels: number;
}

const port = (t: Tensor): PortView => ({
  name: t.name,
  shape: t.shape,
  type: t.type,
  ...(t.quant && t.type !== 'f32' && { scale: t.quant.scale[0]!, zeroPoint: t.quant.zero[0]! }),
});

const outChannels = (graph: Graph, node: Node): number => channels(graph.tensors[node.out[0]!]!.shape);

function layerView(graph: Graph, node: Node, live: Graph, after: ReadonlyMap<string, Node>): LayerView {
  const y = graph.tensors[node.out[0]!]!;
  const twin = after.get(node.name);
  return {
    name: node.name,
    op: node.op,
    outputShape: y.shape,
    type: y.type,
    macs: nodeMacs(graph, node),
    liveMacs: twin ? nodeMacs(live, twin) : null,
    ...nodeWeights(graph, node),
    removedChannels: twin ? outChannels(graph, node) - outChannels(live, twin) : 0,
  };
}

/** Describes an imported graph, and what exact simplification would leave of it. */
export function inspectGraph(graph: Graph, name: string, format: string): Inspection {
  const live = simplify(graph);
  const after = new Map(live.nodes.map((n) => [n.name, n]));
  const layers = graph.nodes.map((node) => layerView(graph, node, live, after));
  return {
    name,
    format,
    inputs: graph.inputs.map((id) => port(graph.tensors[id]!)),
    outputs: graph.outputs.map((id) => port(graph.tensors[id]!)),
    layers,
    tensors: graph.tensors.map((t) => ({ name: t.name, shape: t.shape, type: t.type, constant: t.data !== undefined })),
    totals: {
      macs: graphMacs(graph),
      liveMacs: graphMacs(live),
      ...countWeights(graph),
      liveWeights: countWeights(live).weights,
      removedChannels: layers.reduce((n, l) => n + l.removedChannels, 0),
    },
  };
}

/**
 * Imports a model and describes it.
 * @throws Problem when the file cannot be imported; unsupported ops are listed in it
 */
export async function inspect(file: string, options: ImportOptions = {}): Promise<Inspection> {
  const bytes = readModel(file);
  return inspectGraph(
    await importModel(bytes, basename(file), besideFile(file), options),
    basename(file),
    formatOf(bytes, basename(file)) ?? 'unknown',
  );
}
