import type { Quant, Shape } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import { QUANTIZATION } from './schema.js';
import { read, type Table } from './table.js';
import type { TensorType } from './types.js';

const bad = (message: string, where: string): Problem => new Problem('tflite-quantization', message, where);

/** One value per scale; a single zero point serves all, none means 0. */
function zeroPoints(zero: readonly number[], scales: number, where: string): number[] {
  if (zero.length === scales) return [...zero];
  if (zero.length > 1) throw bad(`${zero.length} zero points for ${scales} scales`, where);
  return new Array<number>(scales).fill(zero[0] ?? 0);
}

/** Along which axis several scales run; one scale holds for the whole tensor. */
function axisOf(axis: number, scales: number, shape: Shape, where: string): number | undefined {
  if (scales === 1) return undefined;
  // converters copy the weights' axis to the bias, which has only one
  if (shape.length === 1 && scales === shape[0]) return 0;
  if (axis < 0 || axis >= shape.length) throw bad(`scales run along axis ${axis} of a tensor [${shape}]`, where);
  if (scales !== shape[axis]) throw bad(`${scales} scales for axis ${axis} of a tensor [${shape}]`, where);
  return axis;
}

/**
 * Quantisation parameters of a tensor, if it has any: float tensors carry only the statistics of their training.
 * @throws Problem `tflite-quantization`
 */
export function readQuant(table: Table | undefined, type: TensorType, shape: Shape, where: string): Quant | undefined {
  if (!table || !type.range) return undefined;
  const q = read(table, QUANTIZATION);
  if (q.detailsType) throw bad('custom or blockwise quantisation is not supported', where);
  if (!q.scale.length) return undefined;
  const axis = axisOf(q.axis, q.scale.length, shape, where);
  const zero = zeroPoints(q.zero, q.scale.length, where);
  const wrongScale = q.scale.find((s) => !(Number.isFinite(s) && s > 0));
  if (wrongScale !== undefined) throw bad(`scale ${wrongScale} is not a finite positive number`, where);
  const [least, most] = type.range;
  const wrongZero = zero.find((z) => z < least || z > most);
  if (wrongZero !== undefined) throw bad(`zero point ${wrongZero} is outside ${type.name}`, where);
  return { scale: q.scale, zero, ...(axis === undefined ? {} : { axis }) };
}
