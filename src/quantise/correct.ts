/**
 * Bias correction: rounding shifts the mean of a layer's outputs; the bias takes the shift back. Layer by layer, so that
 * each one sees what those before it have become. Source: Nagel et al., Data-free quantization through weight equalization
 * and bias correction, 2019, section 4.2, in its form with data.
 */
import { withTensors } from '../ir/edit.js';
import type { Graph, Tensor, TensorId } from '../ir/graph.js';
import { type AffineNode, type BatchData, executeBatch, isAffine } from '../ops/float/batch.js';
import type { Calibration } from '../ops/float/calibration.js';
import type { Linear } from '../support/linear.js';
import { floatTwin } from './float-twin.js';
import { restore } from './restore.js';
import { storageOf, storedInputs } from './storage.js';

/** Mean per channel, the last axis, and the share of values that an activation lets through. */
function means(data: BatchData, channels: number, low: number, high: number) {
  const [mean, open] = [new Float64Array(channels), new Float64Array(channels)];
  const count = data.length / channels;
  for (let row = 0; row < data.length; row += channels)
    for (let c = 0; c < channels; c++) {
      const v = data[row + c]!;
      mean[c]! += v;
      if (v > low && v < high) open[c]! += 1;
    }
  return { mean: mean.map((sum) => sum / count), open: open.map((sum) => sum / count) };
}

/** A channel that hardly ever passes its activation is not moved as far as its mean asks. */
const leastOpen = 0.25;

/** Layers whose biases can be moved: constant, their own, one for all pixels. */
const movable = (graph: Graph, node: AffineNode): boolean =>
  node.in[2] !== undefined && graph.nodes.filter((n) => n.in.includes(node.in[2]!)).length === 1;

/**
 * @param float before rounding, with the same tensor numbers
 * @param stored int8
 * @returns `stored` with other biases
 */
export function corrected(linear: Linear, float: Graph, stored: Graph, { inputs, count }: Calibration): Graph {
  const twin = floatTwin(stored);
  const layers = new Map(
    twin.nodes.flatMap((n) =>
      isAffine(twin, n) && stored.tensors[n.out[0]!]!.quant && movable(twin, n) ? [[n.out[0]!, n] as const] : [],
    ),
  );
  const storage = storageOf(linear, stored);
  const statistics = (id: TensorId, data: BatchData) =>
    means(data, twin.tensors[id]!.shape.at(-1)!, ...storage.range(id));
  const wanted = new Map<TensorId, Float64Array>();
  executeBatch(linear, float, inputs, count, (id, data) => {
    if (layers.has(id)) wanted.set(id, statistics(id, data).mean);
  });
  const changes = new Map<TensorId, Tensor>();
  const visit = (id: TensorId, data: BatchData): void => {
    const node = layers.get(id);
    if (!node) return;
    const { mean, open } = statistics(id, data);
    const shift = Float64Array.from(mean, (m, c) => (wanted.get(id)![c]! - m) / Math.max(leastOpen, open[c]!));
    const [low, high] = storage.range(id);
    for (let i = 0; i < data.length; i++) if (data[i]! > low && data[i]! < high) data[i]! += shift[i % shift.length]!;
    storage.activation(id, data);
    const bias = twin.tensors[node.in[2]!]!;
    changes.set(node.in[2]!, { ...bias, data: Float32Array.from(bias.data!, (v, i) => v + shift[i % shift.length]!) });
  };
  executeBatch(linear, twin, storedInputs(linear, stored, inputs), count, visit, storage);
  return restore(stored, withTensors(twin, changes));
}
