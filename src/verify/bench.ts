import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Artifact, loadArtifact, portBytes } from './artifact.js';
import { flashBytes } from './code-size.js';
import { buildHost, type HostOptions, hostCompiler } from './host.js';
import { runnableModules, WasmRunner } from './wasm.js';

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

/** Nanoseconds that `work` takes. */
function timed(work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start);
}

/** Nanoseconds of every layer, medians over single runs. */
function layerTimes(runner: WasmRunner, artifact: Artifact, rounds: number): number[] {
  const times = artifact.traced.map((): number[] => []);
  for (let r = 0; r < rounds; r++)
    for (let i = 0; i < times.length; i++)
      times[i]!.push(
        timed(() => {
          runner.step(i);
        }),
      );
  return times.map(median);
}

/**
 * Times the fastest module of the folder that runs in this Node, on the first golden vector: eleven rounds of about 50 ms,
 * medians; layers are timed one by one.
 * @param weights bytes of the weight arrays, from the report
 */
export function benchWasm(dir: string, weights: number): Bench {
  const artifact = loadArtifact(dir);
  const file = runnableModules(dir, artifact)[0]!;
  const runner = new WasmRunner(join(dir, file), artifact);
  runner.feed(new Uint8Array(readFileSync(join(dir, 'golden', 'inputs.bin'))));
  const repeat = (count: number) =>
    timed(() => {
      for (let i = 0; i < count; i++) runner.infer();
    });
  // Until the engine has optimised the code.
  for (const end = performance.now() + 200; performance.now() < end; ) repeat(1);
  const repeats = Math.max(1, Math.ceil(50e6 / repeat(1)));
  const rounds = Array.from({ length: 11 }, () => repeat(repeats) / repeats);
  return {
    engine: 'wasm',
    name: artifact.name,
    nanoseconds: median(rounds),
    layers: layerTimes(runner, artifact, 51).map((nanoseconds, i) => ({ name: artifact.traced[i]!.name, nanoseconds })),
    flash: { weights, code: statSync(join(dir, file)).size - weights },
    ram: { arena: artifact.arena },
  };
}
