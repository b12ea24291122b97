import { elements, type Tensor, tensorBytes } from '../../ir/graph.js';
import type { Plan } from '../../plan/plan.js';

/** An input or output of the model as C sees it. */
export interface Port {
  readonly tensor: Tensor;
  /** C element type */
  readonly type: string;
  /** function that gives its address, e.g. `kws_input` */
  readonly accessor: string;
  /** prefix of its macros, e.g. `KWS_INPUT` */
  readonly macro: string;
  readonly output: boolean;
  readonly offset: number;
}

const types: Record<Tensor['type'], string> = {
  f32: 'float',
  s8: 'int8_t',
  u8: 'uint8_t',
  bool: 'uint8_t',
  s16: 'int16_t',
  s32: 'int32_t',
};

/** C element type of a tensor. */
export const cType = (t: Tensor): string => types[t.type];

/** All inputs, then all outputs; numbered only when there are several. */
export function portsOf(plan: Plan): Port[] {
  const make = (id: number, i: number, count: number, output: boolean, offset: number): Port => {
    const role = `${output ? 'output' : 'input'}${count > 1 ? `_${i}` : ''}`;
    const tensor = plan.graph.tensors[id]!;
    return {
      tensor,
      type: cType(tensor),
      accessor: `${plan.name}_${role}`,
      macro: `${plan.name}_${role}`.toUpperCase(),
      output,
      offset,
    };
  };
  const { inputs, outputs } = plan.graph;
  return [
    ...inputs.map((id, i) => make(id, i, inputs.length, false, plan.inputs[i]!)),
    ...outputs.map((id, i) => make(id, i, outputs.length, true, plan.outputs[i]!)),
  ];
}

/** A float literal of C with enough digits to be read back exactly. */
export function floatText(value: number): string {
  const text = Number(value.toPrecision(9)).toString();
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

/** Macros of a port: offset, size, shape and quantisation. */
export function portDefines({ tensor, macro, offset }: Port): string[] {
  const { shape, quant } = tensor;
  const lines = [
    `${macro}_OFFSET ${offset} /* bytes into the arena */`,
    `${macro}_SIZE ${elements(shape)} /* elements */`,
    `${macro}_BYTES ${tensorBytes(tensor)}`,
    ...shape.map((d, i) => `${macro}_DIM_${i} ${d}`),
  ];
  if (quant && tensor.type !== 'f32')
    lines.push(
      `${macro}_SCALE ${floatText(quant.scale[0]!)} /* real = scale * (stored - zero point) */`,
      `${macro}_ZERO_POINT ${cInteger(quant.zero[0]!)}`,
    );
  return lines;
}

/** Negative numbers in parentheses, so that a macro is safe in any expression. */
export const cInteger = (value: number): string => (value < 0 ? `(${value})` : `${value}`);

/** Prototype of the accessor, without the semicolon. */
export function accessorText({ type, accessor, output }: Port): string {
  return output ? `const ${type} *${accessor}(const void *arena)` : `${type} *${accessor}(void *arena)`;
}

/** Body expression of the accessor. */
export function accessorBody({ type, macro, output }: Port): string {
  const constant = output ? 'const ' : '';
  const byte = `(${constant}int8_t *)arena + ${macro}_OFFSET`;
  return type === 'int8_t' ? byte : `(${constant}${type} *)(${constant}void *)(${byte})`;
}
