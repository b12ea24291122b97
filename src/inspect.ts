import { basename } from 'node:path';
import { readModel } from './compile.js';
import { settleQuantisation, subjectOf } from './compress.js';
import { besideFile } from './importers/beside.js';
import { formatOf, type ImportOptions, importModel } from './importers/index.js';
import { type Graph, isQuantised, type Node, type Tensor } from './ir/graph.js';
import { channels } from './ops/channels.js';
import type { SampleSource } from './ops/float/calibration.js';
import { graphMacs, nodeMacs } from './ops/macs.js';
import type { QuantiseRequest } from './options.js';
import { simplify } from './passes/index.js';
import type { Settled } from './quantise/choose.js';
import { noiseOf } from './quantise/noise.js';
import { countWeights, nodeWeights } from './report/stages.js';

/** What `espalier inspect` tells. */
export interface Inspection {
  readonly name: string;
  readonly format: string;
  readonly inputs: readonly PortView[];
  readonly outputs: readonly PortView[];
  readonly layers: readonly LayerView[];
  /** how a float model would be stored; only with calibration data */
  readonly quantisation?: Settled | null;
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
  /** signal over quantisation noise in dB; null where nothing is lost, or the layer is gone. Only with calibration data */
  readonly sqnr?: LayerNoise | null;
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

/** In dB; null where nothing is lost. */
export interface LayerNoise {
  /** this layer alone is rounded */
  readonly own: number | null;
  /** with all before it */
  readonly total: number | null;
}

/** How a model is stored, and what that costs every layer. */
export interface NoiseView {
  /** null for a model that is quantised already */
  readonly settings: Settled | null;
  readonly layers: ReadonlyMap<string, LayerNoise>;
}

/** Samples that noise is measured on. */
const noiseSamples = 128;

const finite = (v: number): number | null => (Number.isFinite(v) ? v : null);

/**
 * Measures what quantisation costs the layers of a model: of a float one as a compilation would quantise it; of one that is
 * quantised already against the real numbers that its weights stand for.
 * @throws Problem as `settleQuantisation`
 */
export async function measureNoise(
  graph: Graph,
  samples: SampleSource,
  request: Partial<QuantiseRequest> = {},
): Promise<NoiseView> {
  const live = simplify(graph);
  const { precision, ...rest } = request;
  const asked = { ...rest, ...(precision && precision !== 'float32' && { precision }) };
  const settings = isQuantised(live) ? null : await settleQuantisation(live, samples, asked);
  const subject = await subjectOf(live, samples, { most: noiseSamples, ...(settings && { quantise: settings }) });
  const { linear, float, stored, calibration } = subject;
  const found = noiseOf(linear, float, stored, calibration!);
  return { settings, layers: new Map(found.map((n) => [n.node, { own: finite(n.own), total: finite(n.total) }])) };
}

/** Describes an imported graph, and what exact simplification would leave of it. */
export function inspectGraph(graph: Graph, name: string, format: string, noise?: NoiseView): Inspection {
  const live = simplify(graph);
  const after = new Map(live.nodes.map((n) => [n.name, n]));
  const layers = graph.nodes.map((node) => ({
    ...layerView(graph, node, live, after),
    ...(noise && { sqnr: noise.layers.get(node.name) ?? null }),
  }));
  return {
    name,
    format,
    inputs: graph.inputs.map((id) => port(graph.tensors[id]!)),
    outputs: graph.outputs.map((id) => port(graph.tensors[id]!)),
    layers,
    ...(noise && { quantisation: noise.settings }),
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

export interface InspectOptions extends ImportOptions {
  /** calibration data for the graph's inputs: tells signal over quantisation noise of every layer */
  readonly samples?: (graph: Graph) => SampleSource | Promise<SampleSource>;
  /** how a float model would be stored */
  readonly quantise?: QuantiseRequest;
}

/**
 * Imports a model and describes it.
 * @throws Problem when the file cannot be imported; unsupported ops are listed in it
 */
export async function inspect(
  file: string,
  { samples, quantise, ...options }: InspectOptions = {},
): Promise<Inspection> {
  const bytes = readModel(file);
  const graph = await importModel(bytes, basename(file), besideFile(file), options);
  const noise = samples && (await measureNoise(graph, await samples(graph), quantise));
  return inspectGraph(graph, basename(file), formatOf(bytes, basename(file)) ?? 'unknown', noise);
}
