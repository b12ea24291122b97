import type { Graph, Node, Tensor } from '../ir/graph.js';
import { type BatchData, type Grids, onGrids, type Storage } from '../ops/float/batch.js';
import { typeRange } from '../ops/quantised.js';
import type { Linear } from '../support/linear.js';
import { realValues } from './float-twin.js';
import { storeWeights, weightQuant } from './weights.js';

/** What the activations of an int8 graph can hold. */
export const gridsOf = (graph: Graph): Grids =>
  graph.tensors.map((t) => {
    if (!t.quant || t.type === 'f32') return undefined;
    const [least, most] = typeRange(t.type);
    const [scale, zero] = [t.quant.scale[0]!, t.quant.zero[0]!];
    return { scale, low: least - zero, high: most - zero };
  });

/** Is the scale of a node's weights one per channel in the quantised graph? Convolutions always get one. */
export const wantsChannels = (w: Tensor, node: Node): boolean =>
  node.op !== 'fully_connected' || (w.quant?.scale.length ?? 1) > 1;

/** What an int8 graph does to the values of its float twin: activations and weights rounded to what can be stored. */
export function storageOf(linear: Linear, graph: Graph): Storage {
  const grids = gridsOf(graph);
  return {
    ...onGrids(linear, grids),
    grids,
    weights(node, data, id = node.in[1]!) {
      const w = graph.tensors[id]!;
      if (w.type === 'f32') return data;
      const own = realValues(w, w.data!);
      if (data.every((v, i) => v === own[i])) return data;
      const quant = weightQuant(node, w.shape, data, wantsChannels(w, node));
      const stored = storeWeights(data, { shape: w.shape, quant });
      return realValues({ ...w, quant }, stored);
    },
  };
}

/** Inputs as they are stored. */
export const storedInputs = (linear: Linear, stored: Graph, inputs: readonly BatchData[]): BatchData[] => {
  const grids = gridsOf(stored);
  return inputs.map((x, i) => {
    const grid = grids[stored.inputs[i]!];
    const own = linear.copy(x);
    if (grid) linear.round(own, grid.scale, grid.low, grid.high);
    return own;
  });
};
