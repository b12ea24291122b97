import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadArtifact, portBytes } from './artifact.js';
import { flashBytes } from './code-size.js';
import { buildHost, type HostOptions, hostCompiler } from './host.js';

export interface Bench {
  readonly engine: string;
  readonly name: string;
  /** median over rounds, of one inference */
  readonly nanoseconds: number;
  readonly layers: readonly { readonly name: string; readonly nanoseconds: number }[];
  readonly flash: { readonly weights: number; readonly code: number };
  readonly ram: { readonly arena: number };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/**
 * Times the emitted C on this computer, on the first golden vector: seven rounds of about 50 ms, medians.
 * @param weights bytes of the weight arrays, from the report
 */
export function benchHost(dir: string, weights: number, options: HostOptions = {}): Bench {
  const artifact = loadArtifact(dir);
  const runner = buildHost(dir, artifact, { ...options, flags: options.flags ?? ['-O3'] });
  try {
    const sample = new Uint8Array(readFileSync(join(dir, 'golden', 'inputs.bin'))).subarray(
      0,
      portBytes(artifact.inputs),
    );
    const repeats = Math.max(1, Math.ceil(50e6 / runner.time(sample, 1).nanoseconds));
    const rounds = Array.from({ length: 7 }, () => runner.time(sample, repeats));
    const layers = artifact.traced.map(({ name }, i) => ({
      name,
      nanoseconds: median(rounds.map((r) => r.layers[i]!)),
    }));
    const code = flashBytes(dir, artifact.name, options.cc ?? hostCompiler(), options.flags ?? ['-O3']) - weights;
    return {
      engine: 'host',
      name: artifact.name,
      nanoseconds: median(rounds.map((r) => r.nanoseconds)),
      layers,
      flash: { weights, code },
      ram: { arena: artifact.arena },
    };
  } finally {
    runner.dispose();
  }
}
