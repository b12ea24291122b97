/** The emitted C, built as WebAssembly by clang and by Emscripten, beside the emitted WebAssembly and the reference. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { execute } from '../../src/ops/execute.js';
import { writeFolder } from '../../src/support/output.js';
import { loadArtifact } from '../../src/verify/artifact.js';
import { WasmRunner } from '../../src/verify/wasm.js';
import { isInstalled } from '../support/cc.js';
import { workFolder } from '../support/folder.js';
import { inputBytes, int8Sets, modelPath, relativeError, sampleOf } from '../support/golden.js';
import { hasShared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const hasClang = isInstalled('clang') && isInstalled('wasm-ld');
const hasEmcc = isInstalled('emcc');
if (!hasClang) console.warn('skipped: C as WebAssembly needs `apt-get install clang lld`');
if (!hasEmcc) console.warn('skipped: the Emscripten part; `apt-get install emscripten` brings it');

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  run(): void;
  input(): number;
  output(): number;
  _initialize?(): void;
}
declare const WebAssembly: {
  Module: { new (binary: Uint8Array): object; imports(module: object): readonly { readonly name: string }[] };
  Instance: new (module: object, imports: object) => { readonly exports: Exports };
};

/** Runs a module of the C route on one sample after the other. */
function outputs(file: string, samples: readonly Uint8Array[], outputBytes: number): Uint8Array {
  const module = new WebAssembly.Module(readFileSync(file));
  expect(WebAssembly.Module.imports(module)).toEqual([]);
  const { exports } = new WebAssembly.Instance(module, {});
  exports._initialize?.();
  const results = samples.map((sample) => {
    new Uint8Array(exports.memory.buffer).set(sample, exports.input());
    exports.run();
    return new Uint8Array(exports.memory.buffer.slice(exports.output(), exports.output() + outputBytes));
  });
  return new Uint8Array(Buffer.concat(results));
}

/** Modules that the emitted Makefile makes. */
function built(dir: string): string[] {
  const make = (target: string, file: string): string => {
    // Debian's Emscripten looks for its packages there.
    const NODE_PATH = process.env.NODE_PATH ?? '/usr/share/nodejs';
    const { status, stderr } = spawnSync('make', ['-s', target], {
      ...{ cwd: dir, encoding: 'utf8', env: { ...process.env, NODE_PATH } },
    });
    expect([status, stderr.slice(0, 2000)]).toEqual([0, expect.any(String)]);
    return join(dir, file);
  };
  return [make('wasm', 'm.clang.wasm'), ...(hasEmcc ? [make('wasm-emcc', 'm.emcc.wasm')] : [])];
}

describe.skipIf(!hasClang || !hasShared)('the C route to WebAssembly', () => {
  const cases = [
    { model: 'mlperf_kws_int8', exact: true },
    { model: 'mlperf_ad_int8', exact: true },
    { model: 'mlperf_kws_float', exact: false },
  ];
  test.each(cases)(
    '$model: clang, Emscripten and our own emitter agree with the reference',
    async ({ model, exact }) => {
      const folders: Record<string, string> = {};
      let graph!: Awaited<ReturnType<typeof compile>>['source'];
      for (const target of ['host', 'wasm']) {
        const compiled = await compile(modelPath(model), { target, name: 'm', html: false });
        folders[target] = folder.path(model, target);
        writeFolder(folders[target]!, compiled.files);
        graph = compiled.source;
      }
      // Of the float model there are no golden inputs: those of its golden vectors are real ones.
      const set = int8Sets.find((s) => s.model === model);
      const bytes = set ? inputBytes(set) : new Uint8Array(readFileSync(join(folders.host!, 'golden', 'inputs.bin')));
      const size = sampleOf(graph, bytes, 0).byteLength;
      const samples = Array.from({ length: Math.min(8, bytes.length / size) }, (_, i) => sampleOf(graph, bytes, i));
      const wanted = Buffer.concat(samples.map((s) => Buffer.from(new Uint8Array(execute(graph, [s])[0]!.buffer))));
      const raw = samples.map((s) => new Uint8Array(s.buffer));
      const own = new WasmRunner(join(folders.wasm!, 'm.wasm'), loadArtifact(folders.wasm!));
      const results = [
        ['our own', new Uint8Array(own.run(Buffer.concat(raw)))] as const,
        ...built(folders.host!).map((f) => [f, outputs(f, raw, wanted.length / raw.length)] as const),
      ];
      for (const [what, got] of results) {
        expect([what, got.length]).toEqual([what, wanted.length]);
        if (exact) expect([what, Buffer.compare(got, wanted)]).toEqual([what, 0]);
        else {
          const floats = (b: Uint8Array) => new Float32Array(Uint8Array.from(b).buffer);
          expect(relativeError(floats(wanted), floats(got))).toBeLessThan(1e-5);
        }
      }
      expect(results).toHaveLength(hasEmcc ? 3 : 2);
      expect(existsSync(join(folders.host!, 'wasm', 'm_wasm.c'))).toBe(true);
    },
  );
});
