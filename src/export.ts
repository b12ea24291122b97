/** What other tools can open. */
import { writeOnnx } from './exporters/onnx/index.js';
import type { Graph } from './ir/graph.js';
import { floatTwin } from './quantise/float-twin.js';

/**
 * A model as an ONNX file (operator set 13), in float: an int8 graph as the real numbers that it stands for, zeros of
 * pruned weights as zeros. Inputs and outputs keep names and shapes, images NHWC.
 * @throws Problem `export-unsupported` for an op that the file cannot hold, `export-type`
 */
export const exportOnnx = (graph: Graph): Uint8Array => writeOnnx(floatTwin(graph));
