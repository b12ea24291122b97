/**
 * Cross-layer equalisation: channels between two layers are scaled so that one scale suits all of them; the layer that
 * writes them is multiplied, the one that reads them divided. Factors are powers of two, so that the float graph gives the
 * same bits as before. Source: Nagel et al., Data-free quantization through weight equalization and bias correction, 2019,
 * section 4.1; here with ranges of activations, as weights have a scale per output channel.
 */
import { readers, withTensors } from '../ir/edit.js';
import { elements, type Graph, type Node, results, type Tensor, type TensorId } from '../ir/graph.js';
import { type AffineNode, executeBatch, isAffine } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import type { Linear } from '../support/linear.js';
import { channelAxis, magnitudes } from './weights.js';

/** Two layers with nothing between them that mixes channels or knows absolute values. */
interface Pair {
  readonly from: AffineNode;
  readonly to: AffineNode;
  /** what the first one writes */
  readonly id: TensorId;
}

const passes: readonly Node['op'][] = ['average_pool2d', 'max_pool2d', 'mean', 'pad', 'relu'];
const isScalable = (node: Node): boolean => !('act' in node.attr) || ['none', 'relu'].includes(node.attr.act);
const isZeroPad = (node: Node): boolean => node.op !== 'pad' || node.attr.value === 0;

/** Finds pairs of layers; every tensor between them has one reader. */
class Pairs {
  private readonly read: readonly Node[][];
  private readonly kept: ReadonlySet<TensorId>;
  constructor(private readonly graph: Graph) {
    this.read = readers(graph);
    this.kept = new Set(results(graph));
  }

  all(): Pair[] {
    return this.graph.nodes.flatMap((from) => {
      if (!isAffine(this.graph, from) || !this.isFree(from) || !isScalable(from)) return [];
      const id = from.out[0]!;
      const to = this.next(id, this.channels(id));
      return to && this.isFree(to) ? [{ from, to, id }] : [];
    });
  }

  private channels = (id: TensorId): number => this.graph.tensors[id]!.shape.at(-1)!;

  /** Constants that other layers share stay as they are. */
  private isFree = (node: AffineNode): boolean => node.in.slice(1).every((id) => this.read[id]!.length === 1);

  private next(id: TensorId, channels: number): AffineNode | undefined {
    const [node, ...others] = this.read[id]!;
    if (!node || others.length || this.kept.has(id) || node.in[0] !== id) return undefined;
    if (isAffine(this.graph, node)) return this.reads(node, channels) ? node : undefined;
    const isPlain = passes.includes(node.op) && isScalable(node) && isZeroPad(node);
    return isPlain && this.channels(node.out[0]!) === channels ? this.next(node.out[0]!, channels) : undefined;
  }

  /** Does the layer's last axis of weights count the channels it reads? */
  private reads(node: AffineNode, channels: number): boolean {
    if (node.op === 'conv2d' && node.attr.groups !== 1) return false;
    if (node.op === 'depthwise_conv2d' && node.attr.multiplier !== 1) return false;
    return this.graph.tensors[node.in[1]!]!.shape.at(-1) === channels;
  }
}

/** Greatest magnitude per channel, the last axis. */
const greatest = (data: ArrayLike<number>, channels: number): number[] => magnitudes(data, [channels], 0);

/** Greatest share of an output channel's range that a weight of each input channel takes; 1 where each has its own scale. */
function sharesOf(node: AffineNode, w: Tensor): Float64Array {
  const channels = w.shape.at(-1)!;
  const shares = new Float64Array(channels).fill(node.op === 'depthwise_conv2d' ? 1 : 0);
  if (node.op === 'depthwise_conv2d') return shares;
  const size = elements(w.shape.slice(1));
  for (let row = 0; row < w.shape[0]!; row++) {
    const own = greatest(w.data!.subarray(row * size, (row + 1) * size), channels);
    const most = Math.max(...own);
    if (most > 0) for (let c = 0; c < channels; c++) shares[c] = Math.max(shares[c]!, own[c]! / most);
  }
  return shares;
}

const mostFactor = 16;

/**
 * Factors of the channels between two layers: where the reading layer has a scale per channel all fill the range, else what
 * activations gain and weights lose is balanced.
 */
function factors(activations: ArrayLike<number>, to: AffineNode, w: Tensor): number[] {
  const shares = sharesOf(to, w);
  const own = Array.from(activations, (a, c) =>
    a > 0 && shares[c]! > 0 ? (to.op === 'depthwise_conv2d' ? 1 / a : Math.sqrt(shares[c]! / a)) : 0,
  );
  const equal = own.map((f, c) => f * activations[c]!);
  const unit = Math.max(...equal) / Math.max(...Array.from(activations), 1e-30);
  return own.map((f) => {
    if (!(f > 0) || !(unit > 0)) return 1;
    const factor = Math.max(1 / mostFactor, Math.min(mostFactor, f / unit));
    return 2 ** Math.round(Math.log2(factor));
  });
}

/** Values along an axis times a factor each. */
function scaled(t: Tensor, axis: number, factor: (channel: number) => number): Tensor {
  const inner = elements(t.shape.slice(axis + 1));
  const data = Float32Array.from(t.data!, (v, i) => v * factor(Math.floor(i / inner) % t.shape[axis]!));
  return { ...t, data };
}

/**
 * Equalises a float graph.
 * @returns a graph with the same tensor numbers that computes the same, and how many pairs of layers were changed
 */
export function equalised(linear: Linear, graph: Graph, calibration: Calibration): { graph: Graph; pairs: number } {
  const pairs = new Pairs(graph).all();
  if (!pairs.length) return { graph, pairs: 0 };
  const between = new Map<TensorId, readonly number[]>(pairs.map((p) => [p.id, []]));
  executeBatch(linear, graph, calibration.inputs, calibration.count, (id, data) => {
    if (between.has(id)) between.set(id, greatest(data, graph.tensors[id]!.shape.at(-1)!));
  });
  const changes = new Map<TensorId, Tensor>();
  const current = (id: TensorId): Tensor => changes.get(id) ?? graph.tensors[id]!;
  let changed = 0;
  for (const { from, to, id } of pairs) {
    const [w, next] = [from.in[1]!, to.in[1]!];
    const f = factors(between.get(id)!, to, current(next));
    if (f.every((v) => v === 1)) continue;
    changed++;
    changes.set(
      w,
      scaled(current(w), channelAxis(from), (c) => f[c]!),
    );
    for (const bias of from.in.slice(2)) {
      const t = current(bias);
      changes.set(
        bias,
        scaled(t, t.shape.length - 1, (c) => f[c]!),
      );
    }
    changes.set(
      next,
      scaled(current(next), current(next).shape.length - 1, (c) => 1 / f[c]!),
    );
  }
  return { graph: withTensors(graph, changes), pairs: changed };
}
