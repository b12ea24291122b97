import type { TensorData } from '../ir/graph.js';
import { type Artifact, joinBytes, loadArtifact, portBytes, splitPorts } from './artifact.js';
import { buildHost, type HostOptions } from './host.js';
import { buildQemu, type QemuOptions, qemuTarget } from './qemu.js';
import { buildWasm } from './wasm.js';

/** What engines have in common. */
interface Runner {
  run(samples: Uint8Array): Uint8Array;
  dispose?(): void;
}

function runAll(artifact: Artifact, runner: Runner, samples: TensorData): TensorData[][] {
  try {
    const output = runner.run(joinBytes([samples]));
    const size = portBytes(artifact.outputs);
    const count = Math.floor(samples.byteLength / portBytes(artifact.inputs));
    return Array.from({ length: count }, (_, i) =>
      splitPorts(artifact.outputs, output.subarray(i * size, (i + 1) * size)),
    );
  } finally {
    runner.dispose?.();
  }
}

/**
 * Builds the emitted C of an output folder for this computer and runs it.
 * @param samples stored input values back to back: per sample every input in order
 * @returns per sample, one array per output
 * @throws Problem `toolchain-missing`, `host-build`, `host-run`
 */
export function runHost(dir: string, samples: TensorData, options: HostOptions = {}): TensorData[][] {
  const artifact = loadArtifact(dir);
  return runAll(artifact, buildHost(dir, artifact, options), samples);
}

/**
 * As `runHost`, built for the target of the folder and run on a simulated board.
 * @throws Problem `engine-target`, `toolchain-missing`, `qemu-build`, `qemu-fault`, `qemu-hang`
 */
export function runQemu(dir: string, samples: TensorData, options: QemuOptions = {}): TensorData[][] {
  const artifact = loadArtifact(dir);
  return runAll(artifact, buildQemu(dir, artifact, qemuTarget(dir), options), samples);
}

/**
 * As `runHost`, through the WebAssembly module of the folder, in this process.
 * @throws Problem `engine-folder`
 */
export function runWasm(dir: string, samples: TensorData): TensorData[][] {
  const artifact = loadArtifact(dir);
  return runAll(artifact, buildWasm(dir, artifact), samples);
}
