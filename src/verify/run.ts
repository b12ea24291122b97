import type { TensorData } from '../ir/graph.js';
import { joinBytes, loadArtifact, portBytes, splitPorts } from './artifact.js';
import { buildHost, type HostOptions } from './host.js';

/**
 * Builds the emitted C of an output folder for this computer and runs it.
 * @param samples stored input values back to back: per sample every input in order
 * @returns per sample, one array per output
 * @throws Problem `toolchain-missing`, `host-build`, `host-run`
 */
export function runHost(dir: string, samples: TensorData, options: HostOptions = {}): TensorData[][] {
  const artifact = loadArtifact(dir);
  const runner = buildHost(dir, artifact, options);
  try {
    const output = runner.run(joinBytes([samples]));
    const size = portBytes(artifact.outputs);
    const count = Math.floor(samples.byteLength / portBytes(artifact.inputs));
    return Array.from({ length: count }, (_, i) =>
      splitPorts(artifact.outputs, output.subarray(i * size, (i + 1) * size)),
    );
  } finally {
    runner.dispose();
  }
}
