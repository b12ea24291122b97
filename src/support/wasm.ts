import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from './version.js';

/** AssemblyScript sources, entry index.ts: name of each file, and its text. */
export type Sources = ReadonlyMap<string, string>;

const usualFlags = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd'];
const built = fileURLToPath(new URL('../wasm/', import.meta.url));

function readSources(folder: string): Sources {
  const root = fileURLToPath(new URL(`../../templates/wasm/${folder}/`, import.meta.url));
  const names = readdirSync(root).filter((name) => name.endsWith('.ts'));
  return new Map(names.sort().map((name) => [name, readFileSync(join(root, name), 'utf8')]));
}

/** Of the sources and of what turns them into code. */
function digest(sources: Sources, flags: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([version, flags, ...sources]));
  return hash.digest('hex').slice(0, 20);
}

/** Folder for what was compiled once; not part of the package, may be deleted at any time. */
const cacheFolder = (): string =>
  join(process.env.ESPALIER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'espalier'), 'wasm');

/** What is used of the AssemblyScript compiler. Its own declarations make globals that clash with those of Node. */
interface Asc {
  main(
    args: readonly string[],
    host: {
      readFile(name: string): string | null;
      writeFile(name: string, content: unknown): void;
      listFiles(): readonly string[];
    },
  ): Promise<{ readonly error: Error | null; readonly stderr: unknown }>;
}
const compiler: string = 'assemblyscript/asc';

/** Runs the AssemblyScript compiler in this process. */
async function compileSources(sources: Sources, flags: readonly string[]): Promise<Uint8Array> {
  const { default: asc } = (await import(compiler)) as { default: Asc };
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(['index.ts', '-o', 'out.wasm', ...flags], {
    readFile: (name) => sources.get(name) ?? null,
    writeFile: (_, content) => {
      binary = content as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`AssemblyScript: ${error?.message ?? ''} ${stderr}`);
  return binary;
}

/** Complete or not there at all, also when two processes write at once. */
function store(path: string, binary: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}`;
  writeFileSync(part, binary);
  renameSync(part, path);
}

/** Compiles templates/wasm/`folder` into the folder of built modules, as `npm run build` does. */
export async function buildWasm(folder: string): Promise<string> {
  const sources = readSources(folder);
  const path = join(built, `${digest(sources, usualFlags)}.wasm`);
  if (!existsSync(path)) store(path, await compileSources(sources, usualFlags));
  return path;
}

/**
 * The module of AssemblyScript sources; from the package's own build, else from a cache by content, else compiled here, which
 * takes some seconds.
 * @param flags of `asc`
 */
export async function compiledWasm(sources: Sources, flags: readonly string[]): Promise<Uint8Array> {
  const name = `${digest(sources, flags)}.wasm`;
  const cached = join(cacheFolder(), name);
  const found = [join(built, name), cached].find(existsSync);
  if (found) return new Uint8Array(readFileSync(found));
  const binary = await compileSources(sources, flags);
  try {
    store(cached, binary);
  } catch {
    // A read-only home costs the next process the same few seconds.
  }
  return binary;
}

/** What a module exports: functions on its memory. */
export interface WasmExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly [name: string]: unknown;
}

interface WasmModule {
  readonly exported: true;
}

// The global is not among the ES types, and the DOM's would bring a browser along.
declare const WebAssembly: {
  compile(binary: Uint8Array): Promise<WasmModule>;
  instantiate(module: WasmModule, imports: object): Promise<{ readonly exports: unknown }>;
};

const modules = new Map<string, Promise<WasmModule>>();

function moduleOf(folder: string): Promise<WasmModule> {
  const known =
    modules.get(folder) ?? compiledWasm(readSources(folder), usualFlags).then((binary) => WebAssembly.compile(binary));
  modules.set(folder, known);
  return known;
}

/**
 * A fresh instance, with a memory of its own, of the module made of the AssemblyScript files in templates/wasm/`folder`
 * (entry index.ts).
 */
export async function instantiateWasm(folder: string): Promise<WasmExports> {
  const abort = (): never => {
    throw new Error(`templates/wasm/${folder} aborted`);
  };
  const { exports } = await WebAssembly.instantiate(await moduleOf(folder), { env: { abort } });
  return exports as WasmExports;
}
