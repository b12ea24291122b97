import { elements, newData } from '../../ir/graph.js';
import { type Call, type Plan, planCalls } from '../../plan/plan.js';
import { Problem } from '../../support/problem.js';
import { compiledWasm } from '../../support/wasm.js';
import { type DataSegment, withData } from '../../support/wasm-binary.js';
import { classMembers, kernelSources } from './classes.js';
import { Image } from './image.js';
import { planSource } from './source.js';

/** What a module is made for. */
export type Variant = 'simd' | 'relaxed' | 'scalar';

const page = 65536;
/** Vector loads may reach so far beyond the last tensor. */
const slack = 64;

const enabled: Record<Variant, readonly string[]> = {
  scalar: ['--disable', 'simd'],
  simd: ['--enable', 'simd'],
  relaxed: ['--enable', 'simd', '--enable', 'relaxed-simd'],
};

const flagsOf = (variant: Variant, memoryBase: number, pages: number): string[] => [
  ...['-O3', '--runtime', 'stub', '--noAssert', '--use', 'abort='],
  ...['--memoryBase', `${memoryBase}`, '--initialMemory', `${pages}`, '--maximumMemory', `${pages}`],
  ...enabled[variant],
];

const align = (n: number, to: number): number => Math.ceil(n / to) * to;

/** A module that is finished. */
export interface WasmModule {
  readonly variant: Variant;
  readonly binary: Uint8Array;
  /** bytes of weights, tables and layer descriptions in it */
  readonly constants: number;
  /** the generated entry file */
  readonly source: string;
}

/** The two things that the global of the language does here; it is not among the ES types. */
declare const WebAssembly: { validate(binary: Uint8Array): boolean };

/**
 * Compiles an entry file and kernel files to a module with constants as a data segment.
 * @param end of the memory that entry and kernels use
 * @throws Problem `wasm-memory` where it needs more than 2 GiB
 */
export async function assemble(
  sources: ReadonlyMap<string, string>,
  entry: string,
  segments: readonly DataSegment[],
  end: number,
  variant: Variant,
): Promise<Uint8Array> {
  const memoryBase = align(end + slack, 16);
  const pages = Math.ceil((memoryBase + 1024) / page);
  if (pages > 32768) throw new Problem('wasm-memory', `${pages * page} bytes of memory are needed, 2 GiB are possible`);
  const code = await compiledWasm(new Map([...sources, ['index.ts', entry]]), flagsOf(variant, memoryBase, pages));
  const binary = withData(code, segments);
  // Not every engine that compiles knows relaxed instructions.
  if (variant !== 'relaxed' && !WebAssembly.validate(binary)) throw new Error('the module is not valid');
  return binary;
}

/** Compiles a plan. */
export async function buildModule(plan: Plan, variant: Variant): Promise<WasmModule> {
  const sources = kernelSources(planCalls(plan).map((call) => call.kernel.file));
  const image = new Image();
  const layers = new Map<Call, number>();
  for (const call of planCalls(plan)) {
    layers.set(call, image.layer(call.layer, classMembers(sources, call.layer.struct)));
    for (const ref of call.inputs) if ('array' in ref) image.array(ref.array);
  }
  const state = align(image.end, plan.target.align);
  const arena = align(state + plan.state.bytes, plan.target.align);
  const source = planSource({ image, arena, state, layers }, plan, sources);
  const segments = [image.segment, ...stateSegments(plan, state)];
  const binary = await assemble(sources, source, segments, arena + plan.arena, variant);
  return { variant, binary, constants: image.segment.bytes.length, source };
}

/** What states are before the first run; zeros need not be written. */
function stateSegments(plan: Plan, at: number): DataSegment[] {
  return plan.state.states.flatMap(({ state, offset }) => {
    const t = plan.graph.tensors[state.before]!;
    const data = state.initial ?? newData(t.type, elements(t.shape)).fill(t.quant?.zero[0] ?? 0);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return bytes.every((b) => b === 0) ? [] : [{ address: at + offset, bytes }];
  });
}
