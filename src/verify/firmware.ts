import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadArtifact } from './artifact.js';
import { qemuTarget } from './qemu.js';
import { QemuBuild } from './qemu-build.js';
import { simulate } from './qemu-run.js';

/**
 * Builds a whole firmware around an emitted model and runs it on the simulated board of its target.
 * @param dir folder written by `espalier compile`
 * @param sources C files with a main that reads `samples.bin` and writes `result.bin` (templates/qemu/runtime.h)
 * @param input what samples.bin holds
 * @param seconds after which it counts as hanging
 * @returns what it wrote into result.bin
 * @throws Problem `engine-target`, `toolchain-missing`, `qemu-build`, `qemu-fault`, `qemu-hang`
 */
export function runFirmware(dir: string, sources: readonly string[], input: Uint8Array, seconds = 120): Buffer {
  const work = mkdtempSync(join(tmpdir(), 'espalier-'));
  try {
    const target = qemuTarget(dir);
    const build = new QemuBuild(dir, loadArtifact(dir), target, { flags: ['-O3'] }, work);
    return simulate(target, work, build.firmware(sources), 'run', input, seconds);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
