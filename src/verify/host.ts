import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fill } from '../emit/template.js';
import { tensorBytes } from '../ir/graph.js';
import { Problem } from '../support/problem.js';
import { type Artifact, portBytes } from './artifact.js';
import { requireTool } from './toolchain.js';

export interface HostOptions {
  /** compiler; default the first of gcc, clang, cc */
  readonly cc?: string;
  /** default -O2 */
  readonly flags?: readonly string[];
}

/** A built runner of an emitted model on this computer. */
export interface HostRunner {
  /** inputs back to back -> outputs back to back; with `trace` every layer's output precedes a sample's outputs */
  run(samples: Uint8Array, trace?: boolean): Uint8Array;
  /** nanoseconds per inference, whole and per layer, of the first sample repeated */
  time(sample: Uint8Array, repeats: number): { nanoseconds: number; layers: number[] };
  /** removes the build folder */
  dispose(): void;
}

/** The compiler of the host engine. */
export const hostCompiler = (): string => requireTool(['gcc', 'clang', 'cc'], 'the host engine');

function build(dir: string, artifact: Artifact, work: string, options: HostOptions): string {
  const cc = options.cc ?? hostCompiler();
  const ports = (list: Artifact['inputs']) => list.map((p) => ({ offset: p.offset, bytes: tensorBytes(p) }));
  const source = fill('c/runner.c.hbs', {
    name: artifact.name,
    upper: artifact.name.toUpperCase(),
    layers: artifact.traced.length,
    state: artifact.state ?? 0,
    inputs: ports(artifact.inputs),
    outputs: ports(artifact.outputs),
    inputBytes: portBytes(artifact.inputs),
  });
  writeFileSync(join(work, 'runner.c'), source);
  const args = [
    '-std=c99',
    ...(options.flags ?? ['-O2']),
    '-I',
    resolve(dir),
    '-o',
    join(work, 'runner'),
    join(work, 'runner.c'),
    '-lm',
  ];
  const result = spawnSync(cc, args, { encoding: 'utf8', maxBuffer: 1 << 24 });
  if (result.status !== 0) {
    const line =
      (result.stderr ?? '').split('\n').find((l) => /error/.test(l)) ?? result.error?.message ?? 'unknown error';
    throw new Problem(
      'host-build',
      `${cc} cannot build the emitted code: ${line.trim()}`,
      dir,
      'was the folder edited? compile the model again',
    );
  }
  return join(work, 'runner');
}

/** Runs the program on the samples; anything but a clean end is a problem. */
function start(runner: string, work: string, args: readonly string[], input: Uint8Array): Uint8Array {
  const result = spawnSync(runner, args, { input, cwd: work, maxBuffer: 2 ** 31 - 1, encoding: 'buffer' });
  if (result.status === 0) return result.stdout;
  const why = result.signal ? `died of ${result.signal}` : `ended with code ${result.status}`;
  throw new Problem('host-run', `the compiled model ${why}: ${result.stderr.toString().trim().slice(0, 2000)}`);
}

/**
 * Builds the emitted C of an output folder for this computer.
 * @throws Problem `toolchain-missing`, `host-build`
 */
export function buildHost(dir: string, artifact: Artifact, options: HostOptions = {}): HostRunner {
  const work = mkdtempSync(join(tmpdir(), 'espalier-'));
  const dispose = () => rmSync(work, { recursive: true, force: true });
  try {
    const runner = build(dir, artifact, work, options);
    return {
      run: (samples, trace) => start(runner, work, [trace ? 'trace' : 'run'], samples),
      time: (sample, repeats) =>
        JSON.parse(Buffer.from(start(runner, work, ['time', `${repeats}`], sample)).toString()),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}
