/** The loader of a module: an ES module of JavaScript, and its types. */
import { elements, newData, shapeText, type Tensor, type TensorData } from '../../ir/graph.js';
import type { Plan } from '../../plan/plan.js';
import { banner, type Provenance } from '../files.js';
import { fill } from '../template.js';
import type { Variant } from './module.js';

/** `Int8Array` of a tensor. */
const arrayName = (t: Tensor): string => (newData(t.type, 0) as TensorData).constructor.name;

const portsOf = (plan: Plan, ids: readonly number[]): Tensor[] => ids.map((id) => plan.graph.tensors[id]!);

/** A port as a literal of JavaScript. */
function literal(t: Tensor): string {
  const { name, shape, quant } = t;
  const parts = [
    `name: ${JSON.stringify(name)}`,
    `type: ${arrayName(t)}`,
    `shape: [${shape.join(', ')}]`,
    `length: ${elements(shape)}`,
    ...(quant && t.type !== 'f32' ? [`scale: ${quant.scale[0]}, zeroPoint: ${quant.zero[0]}`] : []),
  ];
  return `{ ${parts.join(', ')} }`;
}

const list = (tensors: readonly Tensor[]): string => `[${tensors.map(literal).join(', ')}]`;

/** Kernel files are called so; the fastest comes first. */
export const fileOf = (name: string, variant: Variant): string =>
  variant === 'simd' ? `${name}.wasm` : `${name}.${variant}.wasm`;

/** The text of NAME.js. */
export function loaderText(plan: Plan, provenance: Provenance, variants: readonly Variant[]): string {
  return fill('wasm/loader.js.hbs', {
    banner: banner(provenance, `${plan.name}: loader of the compiled model`),
    inputs: list(portsOf(plan, plan.graph.inputs)),
    outputs: list(portsOf(plan, plan.graph.outputs)),
    variants: variants.map((name) => ({ name, file: fileOf(plan.name, name) })),
    state: plan.state.bytes,
  });
}

interface TypePort {
  readonly about: string;
  readonly alias: string;
  readonly array: string;
  readonly shape: string;
  readonly index: number;
  readonly optional: string;
}

/** What the types say of a port; the first may be left out in `input()`. */
const typePort =
  (role: 'Input' | 'Output', count: number) =>
  (t: Tensor, index: number): TypePort => {
    const real = t.quant && t.type !== 'f32' ? `, real = ${t.quant.scale[0]} * (stored - ${t.quant.zero[0]})` : '';
    const name = t.name.replaceAll('*/', '* /');
    return {
      about: `"${name}": ${shapeText(t.shape)}${real}`,
      alias: `${role}${count > 1 ? index : ''}`,
      array: arrayName(t),
      shape: `readonly [${t.shape.join(', ')}]`,
      index,
      optional: index === 0 ? '?' : '',
    };
  };

/** The text of NAME.d.ts. */
export function typesText(plan: Plan, provenance: Provenance, variants: readonly Variant[]): string {
  const { inputs, outputs } = plan.graph;
  const ins = portsOf(plan, inputs).map(typePort('Input', inputs.length));
  const outs = portsOf(plan, outputs).map(typePort('Output', outputs.length));
  return fill('wasm/loader.d.ts.hbs', {
    banner: banner(provenance, `${plan.name}: types of the compiled model`),
    variants: variants.map((v) => `'${v}'`).join(' | '),
    ports: [...ins, ...outs],
    inputs: ins,
    outputs: outs,
    parameters: ins.map((p, i) => `x${ins.length > 1 ? i : ''}: ${p.alias}`).join(', '),
    result: outs.length === 1 ? outs[0]!.alias : `[${outs.map((p) => p.alias).join(', ')}]`,
    state: plan.state.bytes,
  });
}
