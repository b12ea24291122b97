import { elements, type Shape } from '../ir/graph.js';

/**
 * Weights of a layer before training, uniform and so wide that a signal keeps its size through layers with RELU.
 * Source: He et al. 2015, "Delving Deep into Rectifiers".
 * @param fanIn weights that make one output
 * @param next uniform in [0, 1); the only source of chance, so that a seed gives the same weights everywhere
 */
export function heUniform(shape: Shape, fanIn: number, next: () => number): Float32Array {
  const reach = Math.sqrt(6 / fanIn);
  return Float32Array.from({ length: elements(shape) }, () => reach * (2 * next() - 1));
}
