import { elements, type Graph, type Node, type TensorId } from '../ir/graph.js';
import { channels } from '../ops/channels.js';
import { BatchValues, isMatrix, runWithin } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import type { Linear } from '../support/linear.js';
import { Problem } from '../support/problem.js';
import { silent } from '../support/progress.js';
import { type ChannelGroup, channelGroups } from './groups.js';
import { type Layer, layersOf } from './layers.js';
import type { Moments } from './moments.js';
import { type Curvature, curvatureOf } from './obs.js';
import { type Effect, effectOn, firstSamples, Tail } from './sensitivity.js';
import { siteOf } from './sites.js';
import type { TraceOptions } from './trace.js';

/** A group of channels and what its loss means for the outputs. */
export interface RankedGroup extends ChannelGroup {
  /** squared error of the outputs over their variance that its removal adds, estimated */
  readonly error: number;
}

export interface ChannelTrace {
  readonly graph: Graph;
  readonly groups: readonly RankedGroup[];
}

/** Columns of a layer's weights that read one channel of its input. */
export function columnsOf(graph: Graph, layer: Layer, channel: number): number[] {
  const count = channels(graph.tensors[graph.nodes[layer.index]!.in[0]!]!.shape);
  return Array.from({ length: layer.depth / count }, (_, tap) => tap * count + channel);
}

/** For every group, the columns of a layer that read it. */
function readColumns(graph: Graph, layer: Layer, groups: readonly ChannelGroup[]): number[][] {
  const x = graph.nodes[layer.index]!.in[0]!;
  return groups.map(({ members }) =>
    members.filter((m) => m.tensor === x).flatMap((m) => columnsOf(graph, layer, m.channel)),
  );
}

/**
 * Optimal brain surgeon over whole groups of columns: the order in which they go and what each adds to the loss.
 * @param columns of each group, none for groups that the layer does not read; all others of the same size
 */
function rankGroups(
  linear: Linear,
  { layer, inverse, variance }: Curvature,
  columns: readonly number[][],
): Float64Array {
  const added = new Float64Array(columns.length);
  const read = [...columns.keys()].filter((g) => columns[g]!.length);
  const width = columns[read[0] ?? 0]?.length ?? 0;
  if (!width || !variance || read.some((g) => columns[g]!.length !== width)) return added;
  const { rows, depth, weights } = layer;
  const rest = Array.from({ length: depth }, (_, k) => k).filter((k) => !read.some((g) => columns[g]!.includes(k)));
  const order = [...read.flatMap((g) => columns[g]!), ...rest];
  const h = inverse(0);
  linear.scoped(() => {
    const [ph, pw] = [linear.takeF64(depth * depth), linear.takeF64(rows * depth)];
    const blocks = Math.ceil(depth / width);
    const [pOrder, pLoss] = [linear.takeI32(blocks), linear.takeF64(blocks)];
    const work = linear.takeF64(depth + width * width + width + Math.ceil((2 * depth + 2 * blocks + width) / 2));
    const [vh, vw] = [linear.f64(ph, depth * depth), linear.f64(pw, rows * depth)];
    order.forEach((from, i) => {
      for (let j = 0; j <= i; j++)
        vh[i * depth + j] = h[Math.max(from, order[j]!) * depth + Math.min(from, order[j]!)]!;
      for (let r = 0; r < rows; r++) vw[r * depth + i] = weights[r * depth + from]!;
    });
    const done = linear.eliminate(ph, depth, pw, rows, { width, group: 0, most: 0 }, blocks, pOrder, pLoss, work);
    const [blockOrder, loss] = [linear.i32(pOrder, done), linear.f64(pLoss, done)];
    for (let k = 0; k < done; k++) {
      const group = read[blockOrder[k]!];
      if (group !== undefined) added[group] = loss[k]! / variance;
    }
  });
  return added;
}

/** Shares of a layer's input channels at which the effect of their loss is measured. */
const effectShares = [0.2, 0.4, 0.7];

const cheapestFirst = (columns: readonly number[][], added: Float64Array): number[] =>
  [...added.keys()].filter((g) => columns[g]!.length).sort((a, b) => added[a]! - added[b]!);

/** Removes the cheapest groups that a layer reads and looks at the outputs. */
function effectsOf(
  tail: Tail,
  layer: Layer,
  columns: readonly number[][],
  added: Float64Array,
  values: BatchValues,
  moments: Moments,
): Effect[] {
  const order = cheapestFirst(columns, added);
  return effectShares.map((share) => {
    const gone = order.slice(0, Math.round(share * order.length));
    const mask = Uint8Array.from(layer.weights, (w) => (w === 0 ? 0 : 1));
    for (const g of gone)
      for (const k of columns[g]!) for (let r = 0; r < layer.rows; r++) mask[r * layer.depth + k] = 0;
    const loss = gone.reduce((sum, g) => sum + added[g]!, 0);
    return { loss, error: tail.error(layer, values, mask, moments) };
  });
}

/**
 * Ranks the channel groups of a float graph without labels: what a group costs is what its removal adds to the error of
 * every layer that reads it, after the best repair (second order), weighed by what that error does to the outputs.
 */
export function traceChannels(
  linear: Linear,
  graph: Graph,
  calibration: Calibration,
  { seed = 1, progress = silent, storage }: TraceOptions = {},
): ChannelTrace {
  const groups = channelGroups(graph);
  const errors = new Float64Array(groups.length);
  const layers = new Map(layersOf(graph).map((l) => [l.index, l]));
  const values = new BatchValues(graph, calibration.inputs);
  const tail = new Tail(linear, graph, firstSamples(calibration), storage);
  graph.nodes.forEach((node, index) => {
    const layer = layers.get(index);
    if (layer && isMatrix(graph, node)) {
      const columns = readColumns(graph, layer, groups);
      if (columns.some((c) => c.length)) {
        const x = values.at(node.in[0]!)!;
        const moments = siteOf(linear, graph, layer, x, calibration.count, seed).moments();
        const added = rankGroups(linear, curvatureOf(linear, layer, moments), columns);
        const effects = effectsOf(tail, layer, columns, added, values, moments);
        // In the order in which they go: each is charged for what it adds to those before it.
        let [loss, before] = [0, 0];
        for (const g of cheapestFirst(columns, added)) {
          loss += added[g]!;
          const error = effectOn(effects, loss);
          errors[g]! += Math.max(error - before, 0);
          before = error;
        }
      }
    }
    progress.share((index + 1) / graph.nodes.length, `channels of ${node.name}`);
    values.set(index, runWithin(linear, graph, node, values, calibration.count, storage));
  });
  return { graph, groups: groups.map((g, i) => ({ ...g, error: errors[i]! })) };
}

/** Live channels of every tensor, and multiply-accumulates that depend on them. */
class Budget {
  private readonly live: number[];
  constructor(private readonly graph: Graph) {
    this.live = graph.tensors.map((t) => channels(t.shape));
  }

  private macsOf(node: Node, live: (id: TensorId) => number): number {
    const [x, w, y] = [node.in[0]!, node.in[1], node.out[0]!].map((id) => this.graph.tensors[id ?? -1]);
    if (!w?.data || !['conv2d', 'fully_connected', 'depthwise_conv2d'].includes(node.op)) return 0;
    const pixels = elements(y!.shape) / channels(y!.shape);
    if (node.op === 'depthwise_conv2d') return pixels * w.shape[1]! * w.shape[2]! * live(node.out[0]!);
    const taps = elements(w.shape) / w.shape[0]! / channels(x!.shape);
    return pixels * taps * live(node.in[0]!) * live(node.out[0]!);
  }

  macs = (): number => this.graph.nodes.reduce((n, node) => n + this.macsOf(node, (id) => this.live[id]!), 0);

  private without(group: ChannelGroup): Map<TensorId, number> {
    const fewer = new Map<TensorId, number>();
    for (const { tensor } of group.members) fewer.set(tensor, (fewer.get(tensor) ?? this.live[tensor]!) - 1);
    return fewer;
  }

  /** Multiply-accumulates that go with a group now. */
  saved(group: ChannelGroup): number {
    const fewer = this.without(group);
    let sum = 0;
    for (const node of this.graph.nodes)
      if (fewer.has(node.in[0]!) || fewer.has(node.out[0]!))
        sum += this.macsOf(node, (id) => this.live[id]!) - this.macsOf(node, (id) => fewer.get(id) ?? this.live[id]!);
    return sum;
  }

  /** Would a tensor be left with less than a tenth of its channels? */
  starves(group: ChannelGroup): boolean {
    for (const [id, n] of this.without(group))
      if (n < Math.max(1, 0.1 * channels(this.graph.tensors[id]!.shape))) return true;
    return false;
  }

  remove(group: ChannelGroup): void {
    for (const [id, n] of this.without(group)) this.live[id] = n;
  }

  restore(group: ChannelGroup): void {
    for (const [id, n] of this.without(group)) this.live[id] = 2 * this.live[id]! - n;
  }

  left = (id: TensorId): number => this.live[id]!;
}

/** How far to go: the share of the multiply-accumulates that may stay, or of the groups of channels that go. */
export type ChannelGoal = { readonly macs: number } | { readonly removed: number };

/** Or: as few as make something true of the graph in which nobody reads them. */
export interface ChannelTest {
  holds(masked: Graph): boolean;
}

const few = (share: number): Problem =>
  new Problem(
    'channels-few',
    `at least ${Math.ceil(100 * share)} % of the multiply-accumulates stay, whatever channels go`,
    'channels',
    'ask for less',
  );

/** Groups of the same tensors, in the order in which they go: what can make a channel count a multiple. */
function families(groups: readonly RankedGroup[]): RankedGroup[][] {
  const found = new Map<string, RankedGroup[]>();
  for (const group of groups) {
    const key = group.members.map((m) => m.tensor).join();
    if (!found.has(key)) found.set(key, []);
    found.get(key)!.push(group);
  }
  return [...found.values()].map((list) => [...list].sort((a, b) => a.error - b.error));
}

/**
 * Channels of one family that go together: so many that what is left is a multiple. Where it is none yet, the first step
 * goes down to one.
 */
function stepOf(family: readonly RankedGroup[], gone: number, multiple: number, budget: Budget): RankedGroup[] {
  const rest = family.slice(gone);
  const first = rest[0];
  if (!first) return [];
  const left = budget.left(first.members[0]!.tensor);
  const count = left % multiple || multiple;
  return left > count && rest.length >= count ? rest.slice(0, count) : [];
}

/** Price of groups that go together; infinite where a tensor would starve. */
function priceTogether(groups: readonly RankedGroup[], budget: Budget): number {
  let [error, saved, starves] = [0, 0, false];
  for (const group of groups) {
    starves ||= budget.starves(group);
    error += group.error;
    saved += budget.saved(group);
    budget.remove(group);
  }
  for (const group of [...groups].reverse()) budget.restore(group);
  return starves || !groups.length ? Infinity : error / Math.max(saved, 1e-9);
}

/**
 * Chooses groups, always those with the least error per multiply-accumulate saved, until the goal is reached.
 * @param multiple tensors that lose channels keep a multiple of this, for targets whose kernels work in tiles; default 1
 * @throws Problem `channels-few` where groups do not suffice
 */
export function chooseChannels(trace: ChannelTrace, goal: ChannelGoal, multiple = 1): ChannelGroup[] {
  const budget = new Budget(trace.graph);
  const dense = budget.macs();
  const isReached = (): boolean =>
    'macs' in goal ? budget.macs() <= goal.macs * dense : chosen.length >= goal.removed * trace.groups.length;
  const lists = families(trace.groups).map((groups) => ({ groups, gone: 0 }));
  const chosen: ChannelGroup[] = [];
  while (!isReached()) {
    const steps = lists.map((l) => stepOf(l.groups, l.gone, multiple, budget));
    const prices = steps.map((step) => priceTogether(step, budget));
    const best = prices.indexOf(Math.min(...prices));
    if (best < 0 || prices[best] === Infinity) throw few(budget.macs() / dense);
    for (const group of steps[best]!) budget.remove(group);
    lists[best]!.gone += steps[best]!.length;
    chosen.push(...steps[best]!);
  }
  return chosen;
}

/**
 * Masks that leave nobody to read the chosen channels; the exact removal of dead channels then takes out what wrote them.
 * Layers that read none have no mask.
 */
export function channelMasks(graph: Graph, chosen: readonly ChannelGroup[]): Map<string, Uint8Array> {
  const masks = new Map<string, Uint8Array>();
  for (const layer of layersOf(graph)) {
    const mask = Uint8Array.from(layer.weights, (w) => (w === 0 ? 0 : 1));
    if (isMatrix(graph, graph.nodes[layer.index]!))
      for (const k of readColumns(graph, layer, chosen).flat())
        for (let r = 0; r < layer.rows; r++) mask[r * layer.depth + k] = 0;
    masks.set(layer.name, mask);
  }
  return masks;
}
