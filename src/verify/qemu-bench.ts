import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Files } from '../emit/files.js';
import { writeFolder } from '../support/output.js';
import { loadArtifact, portBytes } from './artifact.js';
import { buildQemu, type QemuOptions, type QemuRunner, qemuTarget } from './qemu.js';
import type { QemuMeasurement } from './qemu-counters.js';
import { replay, type Verification } from './verify.js';

export interface QemuBench {
  readonly engine: 'qemu';
  readonly name: string;
  readonly target: string;
  /** instructions of one inference; the same on every run */
  readonly instructions: number;
  readonly layers: readonly { readonly name: string; readonly instructions: number }[];
  readonly flash: QemuMeasurement['flash'];
  readonly ram: { readonly arena: number; readonly stack: number };
}

function withRunner<T>(dir: string, options: QemuOptions | undefined, use: (runner: QemuRunner) => T): T {
  const runner = buildQemu(dir, loadArtifact(dir), qemuTarget(dir), options);
  try {
    return use(runner);
  } finally {
    runner.dispose();
  }
}

const firstVector = (dir: string): Uint8Array =>
  new Uint8Array(readFileSync(join(dir, 'golden', 'inputs.bin'))).subarray(0, portBytes(loadArtifact(dir).inputs));

/**
 * Counts the instructions of the emitted C on its target, on the first golden vector.
 * @throws Problem `engine-target`, `toolchain-missing`, `qemu-build`, `qemu-fault`, `qemu-hang`
 */
export function benchQemu(dir: string, options?: QemuOptions): QemuBench {
  const artifact = loadArtifact(dir);
  const measured = withRunner(dir, options, (runner) => runner.measure(firstVector(dir)));
  return {
    engine: 'qemu',
    name: artifact.name,
    target: qemuTarget(dir).name,
    instructions: measured.instructions,
    layers: artifact.traced.map(({ name }, i) => ({ name, instructions: measured.layers[i]! })),
    flash: measured.flash,
    ram: { arena: artifact.arena, stack: measured.stack },
  };
}

/** Replays the golden vectors of an output folder, and measures on the first. */
export function measureFolder(
  dir: string,
  options?: QemuOptions,
): { measured: QemuMeasurement; verification: Verification } {
  return withRunner(dir, options, (runner) => ({
    verification: replay(dir, 'qemu', (samples) => runner.run(samples, true)),
    measured: runner.measure(firstVector(dir)),
  }));
}

/** As `measureFolder`, for output that has not been written yet. */
export function measureFiles(files: Files, options?: QemuOptions): ReturnType<typeof measureFolder> {
  const work = mkdtempSync(join(tmpdir(), 'espalier-'));
  try {
    writeFolder(join(work, 'out'), files);
    return measureFolder(join(work, 'out'), options);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
