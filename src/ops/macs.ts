import type { Graph, Node } from '../ir/graph.js';
import { opDef } from './index.js';
import { inputsOf, outputsOf } from './op.js';

/** Multiply-accumulates of a node in one inference, padding taps included. */
export const nodeMacs = (graph: Graph, node: Node): number =>
  opDef(node).macs(node, inputsOf(graph, node), outputsOf(graph, node));

/** Multiply-accumulates of one inference. */
export const graphMacs = (graph: Graph): number => graph.nodes.reduce((sum, node) => sum + nodeMacs(graph, node), 0);
