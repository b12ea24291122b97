import type { DimensionProto, ValueInfoProto } from '../../formats/onnx/schema.js';
import { Problem } from '../../support/problem.js';
import { checkedShape } from './tensor.js';

/** Sizes that the user gives: of all axes of an input by its name, or one for a symbolic dimension by its name. */
export type GivenShapes = Readonly<Record<string, readonly number[]>>;

const shown = (name: string): string => name.slice(0, 200);

function single(name: string, given: GivenShapes): number | undefined {
  const sizes = Object.hasOwn(given, name) ? given[name] : undefined;
  return sizes?.length === 1 ? sizes[0] : undefined;
}

function size(dim: DimensionProto, axis: number, input: string, given: GivenShapes): number {
  if (dim.dimValue) return dim.dimValue;
  const name = dim.dimParam ?? '';
  const known = name ? single(name, given) : undefined;
  if (known !== undefined) return known;
  if (axis === 0) return 1;
  const symbol = name ? ` ("${shown(name)}")` : '';
  throw new Problem(
    'tensor-dynamic',
    `dimension ${axis}${symbol} is not fixed`,
    `input "${shown(input)}"`,
    `give sizes with --shape ${name ? `${shown(name)}=N, or --shape ` : ''}${shown(input)}=N,N,...`,
  );
}

/**
 * The shape of an input of the model: as the user gives it, else as the file does, where a first axis without a size is a
 * batch of 1.
 * @throws Problem `tensor-dynamic`, `tensor-shape`, `shape-mismatch`
 */
export function inputShape(info: ValueInfoProto, given: GivenShapes): readonly number[] {
  const name = info.name ?? '';
  const where = `input "${shown(name)}"`;
  const dims = info.type?.tensorType?.shape?.dim;
  const whole = Object.hasOwn(given, name) ? given[name] : undefined;
  if (!dims && !whole)
    throw new Problem('tensor-dynamic', 'its shape is not known', where, `give it with --shape ${shown(name)}=N,N,...`);
  const shape = whole ?? dims!.map((dim, axis) => size(dim, axis, name, given));
  const differs = dims && (dims.length !== shape.length || dims.some((d, i) => d.dimValue && d.dimValue !== shape[i]));
  if (differs) {
    const wanted = dims.map((d) => d.dimValue || d.dimParam || '?').join(',');
    throw new Problem('shape-mismatch', `the shape ${shape.join(',')} is given, the file has ${wanted}`, where);
  }
  if (!shape.every((d) => d >= 1)) throw new Problem('tensor-shape', `[${shape}] has an empty axis`, where);
  return checkedShape(shape, where);
}

/** @throws Problem `option-invalid` for a name that the model does not have */
export function checkGiven(given: GivenShapes, inputs: readonly ValueInfoProto[]): void {
  const dims = inputs.flatMap((i) => i.type?.tensorType?.shape?.dim ?? []);
  const symbols = dims.flatMap((d) => (d.dimParam ? [d.dimParam] : []));
  const known = [...inputs.map((i) => i.name ?? ''), ...new Set(symbols)];
  const wrong = Object.keys(given).find((name) => !known.includes(name));
  if (wrong !== undefined)
    throw new Problem(
      'option-invalid',
      `the model has no input or dimension "${wrong}"`,
      '--shape',
      `it has ${known.map((name) => `"${shown(name)}"`).join(', ')}`,
    );
}
