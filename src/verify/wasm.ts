/** The emitted WebAssembly, run in this process. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tensorBytes } from '../ir/graph.js';
import { Problem } from '../support/problem.js';
import { type Artifact, loadArtifact, portBytes } from './artifact.js';
import { replay, type Verification } from './verify.js';

/** What a module of ours exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly steps: { readonly value: number };
  step(index: number): number;
  run(): void;
  readonly [port: string]: unknown;
}

// The global is not among the ES types, and the DOM's would bring a browser along.
declare const WebAssembly: {
  validate(binary: Uint8Array): boolean;
  Module: new (binary: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: Exports };
};

/** Endings of the modules of a folder, the fastest first. */
const endings = ['.relaxed.wasm', '.wasm', '.scalar.wasm'];

/** The modules of a folder that this engine can run, the fastest first. */
export function runnableModules(dir: string, { name }: Artifact): string[] {
  const files = endings.map((e) => `${name}${e}`).filter((file) => existsSync(join(dir, file)));
  if (!files.length)
    throw new Problem(
      'engine-folder',
      'there is no WebAssembly module in this folder',
      dir,
      'compile the model with --target wasm',
    );
  return files.filter((file) => WebAssembly.validate(readFileSync(join(dir, file))));
}

/** An instance of a module, and its input and output bytes. */
export class WasmRunner {
  private readonly exports: Exports;
  private readonly inputs: readonly Uint8Array[];
  private readonly outputs: readonly Uint8Array[];

  constructor(
    file: string,
    private readonly artifact: Artifact,
  ) {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)));
    const view = (role: string) => (port: Artifact['inputs'][number], i: number) =>
      this.view((exports[`${role}_${i}`] as { value: number }).value, tensorBytes(port));
    this.exports = exports;
    this.inputs = artifact.inputs.map(view('input'));
    this.outputs = artifact.outputs.map(view('output'));
  }

  private view(at: number, bytes: number): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer, at, bytes);
  }

  get steps(): number {
    return this.exports.steps.value;
  }

  /** Writes one sample into the inputs. */
  feed(sample: Uint8Array): void {
    let at = 0;
    for (const input of this.inputs) {
      input.set(sample.subarray(at, at + input.length));
      at += input.length;
    }
  }

  /** One layer; the bytes of its result. */
  step(index: number): Uint8Array {
    return this.view(this.exports.step(index), this.artifact.traced[index]!.bytes);
  }

  infer(): void {
    this.exports.run();
  }

  /** Inputs back to back -> outputs back to back; with `trace` every layer's result precedes a sample's outputs. */
  run(samples: Uint8Array, trace = false): Uint8Array {
    const size = portBytes(this.artifact.inputs);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < samples.length; at += size) {
      this.feed(samples.subarray(at, at + size));
      if (trace) for (let i = 0; i < this.steps; i++) parts.push(this.step(i).slice());
      else this.infer();
      parts.push(...this.outputs.map((y) => y.slice()));
    }
    return Buffer.concat(parts);
  }
}

/** A runner of the folder's fastest module that runs here. */
export function buildWasm(dir: string, artifact: Artifact): WasmRunner {
  return new WasmRunner(join(dir, runnableModules(dir, artifact)[0]!), artifact);
}

/**
 * Replays the golden vectors through every module of the folder that runs here; the first that differs is told, else all.
 * @throws Problem `engine-folder`
 */
export function verifyWasm(dir: string): Verification {
  const artifact = loadArtifact(dir);
  const results = runnableModules(dir, artifact).map((file) => {
    const runner = new WasmRunner(join(dir, file), artifact);
    return replay(dir, file, (samples) => runner.run(samples, true));
  });
  const wrong = results.find((r) => r.mismatches);
  return wrong ?? { ...results[0]!, engine: `wasm: ${results.map((r) => r.engine).join(', ')}` };
}
