import { preprocessArguments } from '../../data/preprocess.js';
import { elements, type Tensor } from '../../ir/graph.js';
import { arrayBytes, type Plan, planArrays, planCalls } from '../../plan/plan.js';
import { amalgamate } from '../amalgamate.js';
import { banner, type Files, type GoldenVectors, type Provenance } from '../files.js';
import { fill } from '../template.js';
import { constantsText } from './constants.js';
import { accessorBody, accessorText, cType, floatText, type Port, portDefines, portsOf } from './ports.js';
import { type Declared, frameChecksum, preprocessHeader, preprocessText } from './preprocess.js';
import { runText } from './run.js';
import { initText, stateArrays } from './state.js';
import { buildsAsWasm, wasmSources } from './wasm.js';

export interface EmitOptions {
  readonly provenance: Provenance;
  readonly golden: GoldenVectors;
  /** one shared copy of each kernel instead of one specialised copy per layer */
  readonly size?: boolean;
  /** what is declared of samples and frames, and on request the function that turns a frame into the input */
  readonly preprocess?: Declared;
}

/** The declaration as it would be typed, if there is one. */
function declaredText({ preprocess }: EmitOptions): string[] {
  const said = preprocessArguments(preprocess?.declared ?? {}).join(' ');
  return said ? [said] : [];
}

const encoding = (t: Tensor): string => `${t.shape.join('x')} ${t.type === 'f32' ? 'float' : cType(t)}`;

/** Headers of the kernels in use, and of what the plan's own steps need. */
function kernelFiles(plan: Plan, { preprocess }: EmitOptions): string[] {
  const files = planCalls(plan).map((call) => call.kernel.file);
  if (plan.steps.some((s) => s.kind === 'stream')) files.push('nn_window.h');
  if (preprocess?.function) files.push('nn_frame.h');
  return [...new Set(['nn_common.h', ...files])];
}

function header(plan: Plan, ports: readonly Port[], options: EmitOptions): string {
  return fill('c/model.h.hbs', {
    banner: banner(options.provenance, `${plan.name}: interface of the compiled model`),
    name: plan.name,
    upper: plan.name.toUpperCase(),
    arena: plan.arena,
    align: plan.target.align,
    stack: plan.target.stackBytes,
    state: plan.state.bytes,
    sha256: options.provenance.sha256,
    declared: declaredText(options),
    preprocess: options.preprocess?.function ? [preprocessHeader(plan.name, options.preprocess.function)] : [],
    ports: ports.map((p) => ({
      comment: `${p.output ? 'Output' : 'Input'} "${p.tensor.name.replaceAll('*/', '* /')}": ${encoding(p.tensor)}`,
      defines: portDefines(p),
      accessorComment: p.output ? 'Where the result is after a run.' : 'Where to put the input before a run.',
      accessor: accessorText(p),
    })),
  });
}

/** Do all sizes in layer descriptions fit into 16 bits? Structs say with NN_INT which members are sizes. */
function fitShort(plan: Plan, kernels: string): boolean {
  const structs = [...kernels.matchAll(/typedef struct (\w+) \{[^}]*NN_INT[^}]*\}/g)].map((m) => m[1]!);
  const layers = planCalls(plan).flatMap((call) => (structs.includes(call.layer.struct) ? [call.layer] : []));
  const numbers = layers.flatMap((l) => l.fields.flatMap((f) => f.values.filter((v) => typeof v === 'number')));
  return numbers.every((n) => n >= -(2 ** 15) && n < 2 ** 15);
}

/** What a shared copy of each kernel need not be ready for. */
const sharedMacros = (plan: Plan, kernels: string): string[] => [
  ...(fitShort(plan, kernels) ? ['NN_INT int16_t'] : []),
  ...(planCalls(plan).some((call) => call.site.add) ? [] : ['NN_NO_SUM 1']),
];

function source(plan: Plan, ports: readonly Port[], options: EmitOptions): string {
  const kernels = amalgamate(kernelFiles(plan, options));
  const prepared = options.preprocess?.function && preprocessText(plan.name, options.preprocess.function);
  const weights = planArrays(plan).reduce((n, a) => n + arrayBytes(a), 0);
  return fill('c/model.c.hbs', {
    banner: banner(options.provenance, `${plan.name}: weights and code`),
    name: plan.name,
    upper: plan.name.toUpperCase(),
    size: options.size ?? false,
    shared: sharedMacros(plan, kernels.text),
    system: [...new Set([...kernels.system, ...(plan.state.bytes ? ['string.h'] : [])])]
      .filter((h) => h !== 'stdint.h')
      .sort(),
    kernels: kernels.text,
    constants: [constantsText(plan), ...stateArrays(plan), ...(prepared ? [prepared.constants] : [])].join('\n\n'),
    preprocess: prepared ? [prepared.code] : [],
    state: plan.state.bytes,
    init: initText(plan),
    ports: ports.map((p) => ({ accessor: accessorText(p), body: accessorBody(p) })),
    summary: [
      `One line or two per layer; a + n is byte n of the arena (${plan.arena} bytes). Weights: ${weights} bytes.`,
    ],
    run: runText(plan),
  });
}

/** `static const int8_t name[vectors][size] = {{...}, {...}};` */
function vectorArray(name: string, type: string, vectors: readonly ArrayLike<number>[]): string {
  const number = type === 'float' ? floatText : String;
  const rows = vectors.map((v) => `    {${wrap(Array.from(v, number))}}`);
  return `static const ${type} ${name}[${vectors.length}][${vectors[0]!.length}] = {\n${rows.join(',\n')}\n};`;
}

function wrap(numbers: readonly string[], columns = 24): string {
  const lines: string[] = [];
  for (let i = 0; i < numbers.length; i += columns) lines.push(numbers.slice(i, i + columns).join(', '));
  return lines.join(',\n     ');
}

const goldenName = (port: Port): string => `${port.accessor}_golden`;

/** Float results may differ from the reference by this: 1e-5 of the range of the values. */
function tolerance(vectors: readonly ArrayLike<number>[]): string {
  let [least, most] = [Infinity, -Infinity];
  for (const values of vectors)
    for (let i = 0; i < values.length; i++) [least, most] = [Math.min(least, values[i]!), Math.max(most, values[i]!)];
  return floatText(Math.max(1e-7, 1e-5 * (most - least)));
}

function goldenFiles(
  plan: Plan,
  ports: readonly Port[],
  { provenance, golden, preprocess }: EmitOptions,
): [string, string][] {
  const inputs = ports.filter((p) => !p.output);
  const outputs = ports.filter((p) => p.output);
  const arrays = [
    ...inputs.map((p, i) => [p, golden.inputs.map((v) => v[i]!)] as const),
    ...outputs.map((p, i) => [p, golden.outputs.map((v) => v[i]!)] as const),
  ];
  const common = { name: plan.name, upper: plan.name.toUpperCase(), state: plan.state.bytes };
  return [
    [
      `${plan.name}_golden.h`,
      fill('c/golden.h.hbs', {
        ...common,
        banner: banner(provenance, `${plan.name}: golden vectors`),
        count: golden.inputs.length,
        arrays: arrays.map(([p, v]) => vectorArray(goldenName(p), p.type, v)),
      }),
    ],
    [
      `${plan.name}_test.c`,
      fill('c/test.c.hbs', {
        ...common,
        banner: banner(provenance, `${plan.name}: golden test`),
        preprocess: preprocess?.function
          ? [{ sum: frameChecksum(preprocess.function), accessor: inputs[0]!.accessor, macro: inputs[0]!.macro }]
          : [],
        inputs: inputs.map((p) => ({ accessor: p.accessor, array: goldenName(p) })),
        outputs: outputs.map((p, i) => ({
          accessor: p.accessor,
          array: goldenName(p),
          exact: p.type !== 'float',
          count: elements(p.tensor.shape),
          tolerance: tolerance(golden.outputs.map((v) => v[i]!)),
        })),
      }),
    ],
  ];
}

/** The C package of a plan: NAME.c, NAME.h, golden vectors with a test main, Makefile and CMakeLists.txt; `wasm/`. */
export function emitC(plan: Plan, options: EmitOptions): Files {
  const ports = portsOf(plan);
  const kernels = amalgamate(kernelFiles(plan, options));
  const libs = kernels.system.includes('math.h') ? ' -lm' : '';
  const build = {
    name: plan.name,
    cc: plan.target.cc.command,
    flags: ['-O3', ...plan.target.cc.flags].join(' '),
    opt: '-O2',
    libs,
    wasm: buildsAsWasm(plan),
  };
  return new Map([
    [`${plan.name}.h`, header(plan, ports, options)],
    [`${plan.name}.c`, source(plan, ports, options)],
    ...goldenFiles(plan, ports, options),
    ['Makefile', fill('c/Makefile.hbs', build)],
    ['CMakeLists.txt', fill('c/CMakeLists.txt.hbs', build)],
    ...(build.wasm ? wasmSources(plan, ports, options.provenance) : []),
  ]);
}
