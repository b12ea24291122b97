import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Graph, TensorData } from '../../src/ir/graph.js';

/** Runs an ONNX file with ONNX Runtime: an array per output of the graph. */
export async function runOnnx(file: Uint8Array, graph: Graph, inputs: readonly TensorData[]): Promise<Float32Array[]> {
  const session = await InferenceSession.create(file, {
    graphOptimizationLevel: 'basic',
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  try {
    const feeds = graph.inputs.map((id, i) => {
      const { name, shape } = graph.tensors[id]!;
      return [name, new Tensor('float32', inputs[i]! as Float32Array, shape)] as const;
    });
    const results = await session.run(Object.fromEntries(feeds));
    return session.outputNames.map((name) => results[name]!.data as Float32Array);
  } finally {
    await session.release();
  }
}
