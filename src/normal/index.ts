import type { Graph } from '../ir/graph.js';
import { sinkTransposes } from './transposes/index.js';
export const normalise = (graph: Graph): Graph => sinkTransposes(graph);
