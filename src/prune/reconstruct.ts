import { addTensors, readers, withTensors } from '../ir/edit.js';
import { type Border, elements, type Graph, type Node, results, type Tensor, type TensorId } from '../ir/graph.js';
import {
  activate,
  type BatchData,
  BatchValues,
  confine,
  isMatrix,
  runBatch,
  type Storage,
} from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import { judged } from '../ops/float/objective.js';
import { biasRow } from '../ops/weighted.js';
import type { Linear } from '../support/linear.js';
import { type Progress, silent } from '../support/progress.js';
import { affine, borderOf, type Weighted } from './affine.js';
import { errorOf, relative, type Share } from './error.js';
import { fromStored, type Layer, layersOf, toStored } from './layers.js';
import type { Site } from './moments.js';
import { siteOf } from './sites.js';
import { biasFor, leastSquares } from './solve.js';
import { loose, relaxed, type Target, targetOf } from './target.js';

export interface ReconstructOptions {
  /** how the result will be stored; the identity for a float model */
  readonly storage?: Storage;
  /** false: weights that stay keep their values, only biases follow */
  readonly solve?: boolean;
  readonly seed?: number;
  readonly progress?: Progress;
}

/** A pruned graph and how far it is from the dense one. */
export interface Reconstruction {
  readonly graph: Graph;
  /** squared error of the outputs (before a last softmax or logistic) over their variance, on the calibration data */
  readonly error: number;
}

/** Solving again for a better target pays where enough of it is free to choose. */
const leastLoose = 0.01;
const mostRounds = 2;
const everything = [-Infinity, Infinity] as const;

/** Dense and pruned network side by side, node by node. */
class Pair {
  readonly changes = new Map<TensorId, Tensor>();
  private readonly dense: BatchValues;
  private readonly pruned: BatchValues;
  private readonly judged: readonly TensorId[];
  private readonly seen = new Map<TensorId, Share>();

  constructor(
    private readonly linear: Linear,
    private readonly graph: Graph,
    private readonly calibration: Calibration,
    private readonly options: ReconstructOptions,
  ) {
    this.dense = new BatchValues(graph, calibration.inputs);
    const inputs = calibration.inputs.map((x) => x.slice());
    inputs.forEach((x, i) => {
      options.storage?.activation(graph.inputs[i]!, x);
    });
    this.pruned = new BatchValues(graph, inputs);
    this.judged = judged(graph);
  }

  /** Runs one node on both sides, after giving it new weights where `mask` says so. */
  step(index: number, layer: Layer | undefined, mask: Uint8Array | undefined): void {
    const node = this.graph.nodes[index]!;
    const { count } = this.calibration;
    const [y, z] =
      layer && mask
        ? this.weighted(node as Weighted, layer, mask)
        : [this.dense, this.pruned].map((v) => runBatch(this.linear, this.graph, node, v.inputs(node), count));
    this.options.storage?.activation(node.out[0]!, z!);
    confine(this.linear, y!, this.options.storage?.range(node.out[0]!) ?? everything);
    if (this.judged.includes(node.out[0]!))
      this.seen.set(node.out[0]!, errorOf(y!, z!, elements(this.graph.tensors[node.out[0]!]!.shape)));
    this.dense.set(index, y!);
    this.pruned.set(index, z!);
  }

  private weighted(node: Weighted, layer: Layer, mask: Uint8Array): [BatchData, BatchData] {
    const { linear, graph } = this;
    const { count } = this.calibration;
    const [x, xp] = [this.dense.at(node.in[0]!)!, this.pruned.at(node.in[0]!)!];
    const bias = biasOf(graph, node);
    const y = affine(linear, graph, node, x, count);
    const { weights, change } = this.solve(node, layer, mask, y, same(x, xp));
    const next = bias && Float32Array.from(bias, (b, i) => b + change[i % layer.rows]!);
    if (next && readByMatrices(graph, node)) silence(layer, mask, next);
    this.note(node, weights, next);
    const z = affine(linear, graph, node, xp, count, weights, next);
    return [activate(linear, y, node.attr.act), activate(linear, z, node.attr.act)];
  }

  /** New weights as stored, and the change of biases; `y` is what the dense layer gives, `fresh` = nothing has changed yet. */
  private solve(node: Weighted, layer: Layer, mask: Uint8Array, y: BatchData, fresh: boolean) {
    const { storage, solve = true, seed = 1 } = this.options;
    const masked = layer.weights.map((w, i) => (mask[i] ? w : 0));
    const untouched = fresh && same(masked, layer.weights);
    const store = (rows: Float32Array) => storage?.weights(node, toStored(layer, rows)) ?? toStored(layer, rows);
    if (untouched && same(store(masked), toStored(layer, masked)))
      return { weights: toStored(layer, masked), change: new Float64Array(layer.rows) };
    const { linear, graph, dense, pruned } = this;
    const site = siteOf(linear, graph, layer, pruned.at(node.in[0]!)!, this.calibration.count, seed);
    const target = targetOf(graph, node, site, y, dense, pruned, storage);
    const solved = this.refined(node, layer, mask, site, target, solve && !untouched ? undefined : masked);
    const weights = store(solved.rows);
    return { weights, change: biasFor(layer, fromStored(layer, weights), solved.moments) };
  }

  /** Least squares, again where the activation leaves the target some freedom; or the weights as they are. */
  private refined(node: Weighted, layer: Layer, mask: Uint8Array, site: Site, target: Target, fixed?: Float32Array) {
    // Targets are free of the dense bias: what is solved for is its change.
    const base = biasRows(site, layer.rows, biasOf(this.graph, node), borderOf(node));
    let moments = site.moments(less(target.wanted, base));
    if (fixed) return { rows: fixed, moments };
    let solved = leastSquares(this.linear, layer, mask, moments);
    for (let round = loose(target) > leastLoose ? mostRounds : 0; round > 0; round--) {
      const now = site.predict(solved.weights);
      addRows(now, base, solved.bias);
      moments = site.moments(less(relaxed(target, now), base));
      solved = leastSquares(this.linear, layer, mask, moments);
    }
    return { rows: solved.weights, moments };
  }

  private note(node: Weighted, weights: Float32Array, bias: Float32Array | undefined): void {
    this.changes.set(node.in[1]!, { ...this.graph.tensors[node.in[1]!]!, data: weights });
    if (bias) this.changes.set(node.in[2]!, { ...this.graph.tensors[node.in[2]!]!, data: bias });
  }

  error = (): number => relative([...this.seen.values()]);
}

function less(y: Float32Array, base: Float32Array): Float32Array {
  const out = new Float32Array(y.length);
  for (let i = 0; i < out.length; i++) out[i] = y[i]! - base[i]!;
  return out;
}

/** Adds what is known of every pixel and a row that all share. */
function addRows(y: Float32Array, base: Float32Array, row: Float64Array): void {
  for (let at = 0; at < y.length; at += row.length)
    for (let c = 0; c < row.length; c++) y[at + c]! += base[at + c]! + row[c]!;
}

/** Do only layers that are solved later read this, so that they make up for a missing constant? */
const readByMatrices = (graph: Graph, node: Node): boolean =>
  !results(graph).includes(node.out[0]!) &&
  readers(graph)[node.out[0]!]!.every((n) => isMatrix(graph, n) && n.in[0] === node.out[0]);

/** Channels that lost all their weights give 0: a constant other than what padding holds would differ at borders. */
function silence(layer: Layer, mask: Uint8Array, bias: Float32Array): void {
  const { rows, depth, weights } = layer;
  for (let r = 0; r < rows; r++) {
    const [from, to] = [r * depth, (r + 1) * depth];
    const wasEmpty = weights.subarray(from, to).every((w) => w === 0);
    if (wasEmpty || mask.subarray(from, to).includes(1)) continue;
    for (let i = r; i < bias.length; i += rows) bias[i] = 0;
  }
}

const biasOf = (graph: Graph, node: Node): ArrayLike<number> | undefined =>
  node.in[2] === undefined ? undefined : graph.tensors[node.in[2]]!.data!;

/** The bias at every pixel of a site, [pixels, rows]. */
function biasRows(site: Site, rows: number, bias: ArrayLike<number> | undefined, border?: Border): Float32Array {
  const out = new Float32Array(site.pixels.length * rows);
  if (!bias) return out;
  const row = biasRow(border);
  site.pixels.forEach((p, i) => {
    const from = row(p) * rows;
    for (let c = 0; c < rows; c++) out[i * rows + c] = bias[from + c]!;
  });
  return out;
}

const same = (a: Float32Array, b: Float32Array): boolean => a.every((v, i) => v === b[i]);

/**
 * Prunes a float graph to masks and repairs it layer by layer: each sees what the already pruned and stored layers before
 * it give, and is solved towards what the dense network has at the same place.
 * @param masks by layer name, 1 = stays, [rows, depth]; layers without one are left as they are
 */
export function reconstruct(
  linear: Linear,
  graph: Graph,
  calibration: Calibration,
  masks: ReadonlyMap<string, Uint8Array>,
  options: ReconstructOptions = {},
): Reconstruction {
  const progress = options.progress ?? silent;
  const pair = new Pair(linear, graph, calibration, options);
  const layers = new Map(layersOf(graph).map((l) => [l.index, l]));
  graph.nodes.forEach((node, i) => {
    const layer = layers.get(i);
    pair.step(i, layer, layer && masks.get(layer.name));
    progress.share((i + 1) / graph.nodes.length, node.name);
  });
  return { graph: withTensors(graph, pair.changes), error: pair.error() };
}

const weightedOps = ['conv2d', 'depthwise_conv2d', 'fully_connected'];

/** Gives every weighted node a bias of its own, of zeros where it had none: pruning corrects means through it. */
export function withBiases(graph: Graph): Graph {
  let next = graph;
  const nodes = graph.nodes.map((node) => {
    if (!weightedOps.includes(node.op) || node.in[2] !== undefined) return node;
    const y = graph.tensors[node.out[0]!]!;
    const channels = y.shape.at(-1)!;
    const float = y.type === 'f32';
    const bias: Tensor = {
      name: `${node.name}_bias`,
      shape: [channels],
      type: float ? 'f32' : 's32',
      data: float ? new Float32Array(channels) : new Int32Array(channels),
    };
    const added = addTensors(next, [bias]);
    next = added.graph;
    return { ...node, in: [...node.in, added.ids[0]!] } as Node;
  });
  return { ...next, nodes };
}
