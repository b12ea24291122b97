import { encode } from '../../formats/message.js';
import { modelSchema } from '../../formats/onnx/schema.js';
import type { Graph, Node, NodeOf, OpKind } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import { version } from '../../support/version.js';
import { writeFullyConnected } from './ops/dense.js';
import { writeBinary, writeRelu, writeSoftmax, writeUnary } from './ops/elementwise.js';
import { writeConcatenation, writeMean, writePad, writeReshape, writeTranspose } from './ops/shape.js';
import { writeConv2d, writeDepthwise, writePool, writeResize } from './ops/window.js';
import { valueProto } from './proto.js';
import { OnnxWriter, unsupported } from './writer.js';

/** The first operator set in which all that is written here has the form that it is written in. */
const opset = 13;
const irVersion = 7;

type Write<K extends OpKind> = (writer: OnnxWriter, node: NodeOf<K>) => void;

/** A new op is a row. */
const writers: { readonly [K in OpKind]?: Write<K> } = {
  conv2d: writeConv2d,
  depthwise_conv2d: writeDepthwise,
  fully_connected: writeFullyConnected,
  add: writeBinary,
  sub: writeBinary,
  mul: writeBinary,
  average_pool2d: writePool,
  max_pool2d: writePool,
  mean: writeMean,
  reshape: writeReshape,
  softmax: writeSoftmax,
  logistic: writeUnary,
  tanh: writeUnary,
  relu: writeRelu,
  pad: writePad,
  concatenation: writeConcatenation,
  transpose: writeTranspose,
  resize_bilinear: writeResize,
};

function writeNode(writer: OnnxWriter, node: Node): void {
  const write = writers[node.op] as Write<OpKind> | undefined;
  if (!write) throw unsupported(node);
  write(writer, node);
}

function checkFloat(graph: Graph): void {
  const computed = new Set([...graph.inputs, ...graph.nodes.flatMap((n) => n.out)]);
  const other = graph.tensors.find((t, id) => computed.has(id) && t.type !== 'f32');
  if (other) throw new Problem('export-type', `${other.type} values cannot be exported`, `tensor "${other.name}"`);
}

/** Results are to have the graph's layout; one that nobody computes is copied. */
function finish(writer: OnnxWriter, graph: Graph): string[] {
  const computed = new Set(graph.nodes.flatMap((n) => n.out));
  return graph.outputs.map((id) => {
    const name = writer.need(id, 'plain');
    return computed.has(id) ? name : writer.emit('Identity', [name], writer.unique(`${name}_out`));
  });
}

/**
 * A float graph as an ONNX model of operator set 13. Inputs and outputs keep their names and the graph's layout (images
 * NHWC), within images are NCHW; inner tensors keep their names as far as they are single.
 * @param graph one that `checkGraph` accepts, all activations f32
 * @returns the bytes of the .onnx file
 * @throws Problem `export-type`, `export-unsupported`
 */
export function writeOnnx(graph: Graph): Uint8Array {
  checkFloat(graph);
  const writer = new OnnxWriter(graph);
  for (const node of graph.nodes) writeNode(writer, node);
  const outputs = finish(writer, graph);
  return encode(modelSchema, {
    ...{ irVersion, producerName: 'espalier', producerVersion: version, opsetImport: [{ domain: '', version: opset }] },
    graph: {
      node: writer.nodes,
      name: graph.name,
      initializer: writer.initializers,
      input: graph.inputs.map((id) => valueProto(writer.nameOf(id), graph.tensors[id]!.shape)),
      output: graph.outputs.map((id, i) => valueProto(outputs[i]!, graph.tensors[id]!.shape)),
    },
  });
}
