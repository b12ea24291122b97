import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../kernels/kernel.js';
import { loadTarget } from '../plan/target.js';
import { Problem } from '../support/problem.js';
import { type Artifact, loadArtifact, portBytes } from './artifact.js';
import { sectionBytes } from './code-size.js';
import { type Image, QemuBuild, type QemuTarget } from './qemu-build.js';
import { type QemuMeasurement, readCounters } from './qemu-counters.js';
import { type Mode, simulate, ticksPerInstruction } from './qemu-run.js';
import { replay, type Verification } from './verify.js';

export interface QemuOptions {
  /** builds the model's code: `gcc` (the target's), `clang`, or a command */
  readonly cc?: string;
  /** default -Os where the folder was compiled with --optimize size, else -O3 */
  readonly flags?: readonly string[];
  /** seconds for the first sample; it sets the limit for the others */
  readonly timeLimit?: number;
}

/** A built runner of an emitted model on a simulated board. */
export interface QemuRunner {
  /** as HostRunner.run: inputs back to back -> outputs back to back; with `trace` every layer's output before them */
  run(samples: Uint8Array, trace?: boolean): Uint8Array;
  /** exact figures for one sample; the same on every run */
  measure(sample: Uint8Array): QemuMeasurement;
  /** removes the build folder */
  dispose(): void;
}

/** The parts of report.json that say for what a folder was compiled. */
interface Compiled {
  readonly target: string;
  readonly options: { readonly optimize?: string };
  readonly totals: { readonly flash: { readonly weights: number } };
}

const compiled = (dir: string): Compiled => JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8'));

/**
 * The target of an output folder, if QEMU can run it.
 * @throws Problem `not-an-output`, `engine-target`
 */
export function qemuTarget(dir: string): QemuTarget {
  loadArtifact(dir);
  return checkTarget(loadTarget(compiled(dir).target));
}

function checkTarget(target: Target): QemuTarget {
  if (target.qemu) return target as QemuTarget;
  throw new Problem(
    'engine-target',
    `QEMU has no board for target ${target.name}`,
    '--engine qemu',
    'compile with --target cortex-m4 or another of `espalier targets`, or use --engine host',
  );
}

/** 32-bit words that the image wrote. */
const words = (bytes: Buffer): Uint32Array => new Uint32Array(Uint8Array.from(bytes).buffer);

const images: Readonly<Record<Mode, Image>> = { run: 'plain', count: 'plain', trace: 'traced', layers: 'marked' };

class Runner implements QemuRunner {
  constructor(
    private readonly build: QemuBuild,
    private readonly timeLimit: number,
    private readonly weights: number,
  ) {}

  run(samples: Uint8Array, trace = false): Uint8Array {
    const one = portBytes(this.build.artifact.inputs);
    const mode = trace ? 'trace' : 'run';
    const start = performance.now();
    const first = this.simulate(mode, samples.subarray(0, one), this.timeLimit);
    if (samples.length <= one) return first;
    const seconds = (performance.now() - start) / 1000;
    const limit = this.timeLimit + 10 * seconds * (samples.length / one);
    // A stream is run from its beginning.
    if (this.build.artifact.state) return this.simulate(mode, samples, limit);
    return Buffer.concat([first, this.simulate(mode, samples.subarray(one), limit)]);
  }

  measure(sample: Uint8Array): QemuMeasurement {
    const counters = (mode: 'layers' | 'count') => words(this.simulate(mode, sample, this.timeLimit));
    const flash = (['size', 'empty'] as const).map((image) =>
      sectionBytes(this.build.image(image), this.build.target.cc.command),
    );
    const total = flash[0]! - flash[1]!;
    return {
      ...readCounters(counters('count'), counters('layers'), ticksPerInstruction(this.build.target)),
      flash: { weights: this.weights, code: total - this.weights, total },
    };
  }

  dispose(): void {
    rmSync(this.build.work, { recursive: true, force: true });
  }

  private simulate(mode: Mode, samples: Uint8Array, seconds: number): Buffer {
    const image = this.build.image(images[mode]);
    return simulate(this.build.target, this.build.work, image, mode, samples, seconds);
  }
}

/**
 * Prepares the emitted C of an output folder for a simulated board; images are built when first needed.
 * @throws Problem `engine-target`, `toolchain-missing`, `qemu-build`
 */
export function buildQemu(dir: string, artifact: Artifact, target: Target, options: QemuOptions = {}): QemuRunner {
  const board = checkTarget(target);
  const report = compiled(dir);
  const flags = options.flags ?? [report.options.optimize === 'size' ? '-Os' : '-O3'];
  const work = mkdtempSync(join(tmpdir(), 'espalier-'));
  try {
    const build = new QemuBuild(dir, artifact, board, { ...(options.cc && { cc: options.cc }), flags }, work);
    return new Runner(build, options.timeLimit ?? 60, report.totals.flash.weights);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    throw error;
  }
}

/** Replays the golden vectors through the emitted C, built for its target, on a simulated board. */
export function verifyQemu(dir: string, options?: QemuOptions): Verification {
  const runner = buildQemu(dir, loadArtifact(dir), qemuTarget(dir), options);
  try {
    return replay(dir, 'qemu', (samples) => runner.run(samples, true));
  } finally {
    runner.dispose();
  }
}
