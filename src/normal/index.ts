import type { Graph } from '../ir/graph.js';
export const normalise = (graph: Graph): Graph => graph;
