import type { ConstArray, Field, Layer } from '../kernels/kernel.js';

const FLOAT_MAX = '3.40282347e+38f';

/** A float literal that reads back as the same float32; infinities become the largest finite value. */
function floatLiteral(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? `-${FLOAT_MAX}` : FLOAT_MAX;
  const text = String(Number(Math.fround(value).toPrecision(9)));
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

/** -2^31 has no literal of its own type in C. */
const integerLiteral = (value: number): string => (value === -(2 ** 31) ? '(-2147483647 - 1)' : String(value));

/** A literal of the array's element type. */
function literal(type: ConstArray['type'], value: number): string {
  if (type === 'float') return floatLiteral(value);
  return type === 'uint32_t' ? `${value}u` : integerLiteral(value);
}

const defaultColumns: Record<ConstArray['type'], number> = {
  int8_t: 16,
  uint8_t: 16,
  int16_t: 16,
  uint16_t: 16,
  int32_t: 8,
  uint32_t: 8,
  float: 8,
};

/** The definition of a constant array, under a comment that gives its layout. */
export function arrayText({ name, type, values, columns, layout }: ConstArray): string {
  const perLine = columns ?? defaultColumns[type];
  const lines: string[] = [];
  for (let i = 0; i < values.length; i += perLine) {
    const line = Array.from({ length: Math.min(perLine, values.length - i) }, (_, j) => literal(type, values[i + j]!));
    lines.push(`    ${line.join(', ')}`);
  }
  const comment = `/* ${layout.replaceAll('*/', '* /')} */`;
  return `${comment}\nstatic const NN_WEIGHTS ${type} ${name}[${values.length}] = {\n${lines.join(',\n')}\n};`;
}

function valueText(value: Field['values'][number]): string {
  if (value === null) return 'NULL';
  if (typeof value === 'object') return value.name;
  return Number.isInteger(value) ? integerLiteral(value) : floatLiteral(value);
}

/** The definition of a layer's description: a line per field, values in the order of the struct's members. */
export function layerText({ struct, fields }: Layer, name: string): string {
  const lines = fields.map(({ comment, values }, i) => {
    const comma = i + 1 < fields.length ? ',' : '';
    return `    ${values.map(valueText).join(', ')}${comma} /* ${comment} */`;
  });
  return `static const ${struct} ${name} = {\n${lines.join('\n')}\n};`;
}
