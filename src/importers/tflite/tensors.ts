import {
  elements,
  newData,
  type Quant,
  type Shape,
  type State,
  type Tensor,
  type TensorData,
  type TensorId,
} from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import { dequantise } from '../dequantise.js';
import { readQuant } from './quant.js';
import { BUFFER, QUANTIZATION, TENSOR } from './schema.js';
import { expand } from './sparsity.js';
import { type Row, read, type Table } from './table.js';
import { supportedTypes, type TensorType, tensorType, typeName } from './types.js';

const mostRank = 8;
/** Bounds on what a file may ask for; no microcontroller comes near. */
const mostTensorBytes = 2 ** 28;
const mostConstantBytes = 2 ** 29;

interface Source {
  readonly row: Row<typeof TENSOR>;
  readonly name: string;
  /** for messages: converters chain the names of all fused ops with semicolons, the first one will do */
  readonly label: string;
  readonly where: string;
}

/** The model's tensors, converted one by one as operators name them; what nobody names stays out of the graph. */
export class Tensors {
  /** of the graph */
  readonly list: Tensor[] = [];
  /** of operators that keep something from run to run */
  readonly states: State[] = [];
  readonly #sources: readonly Source[];
  readonly #converted = new Map<number, Tensor>();
  readonly #reals = new Map<Tensor, Tensor>();
  readonly #centred = new Map<Tensor, Tensor>();
  readonly #ids = new Map<Tensor, TensorId>();
  #constantBytes = 0;

  constructor(
    tables: readonly Table[],
    private readonly buffers: readonly Table[],
    /** quantised uint8 becomes int8: values and zero points less 128 */
    readonly signed = false,
  ) {
    this.#sources = tables.map((table, i) => {
      const row = read(table, TENSOR);
      const name = row.name || `tensor_${i}`;
      const label = name.split(';')[0]!;
      return { row, name, label, where: `tensor #${i} "${label}"` };
    });
  }

  /** @throws Problem `tensor-dangling` */
  source(index: number, user: string): Source {
    const found = this.#sources[index];
    if (!found) throw new Problem('tensor-dangling', `names tensor #${index} of ${this.#sources.length}`, user);
    return found;
  }

  /** The model's tensor `index` as the graph would have it. */
  tensor(index: number, user: string): Tensor {
    const known = this.#converted.get(index) ?? this.#convert(this.source(index, user));
    this.#converted.set(index, known);
    return known;
  }

  /** Name of the type that the file gives to tensor `index`. */
  typeOf(index: number, user: string): string {
    return typeName(this.source(index, user).row.type);
  }

  /** Is tensor `index` of the file quantised uint8, and no constant? */
  isUint8Activation(index: number): boolean {
    const row = this.#sources[index]?.row;
    if (!row || typeName(row.type) !== 'UINT8' || !row.quantization) return false;
    return read(row.quantization, QUANTIZATION).scale.length > 0 && !this.#bytes(row, '').length;
  }

  /** Puts a tensor into the graph, once. */
  id(tensor: Tensor): TensorId {
    const id = this.#ids.get(tensor) ?? this.list.push(tensor) - 1;
    this.#ids.set(tensor, id);
    return id;
  }

  /** The float32 constant that a quantised constant stands for; other tensors as they are. */
  real(stored: Tensor): Tensor {
    const { data, quant, name, shape } = stored;
    if (stored.type === 'f32' || !data || !quant) return stored;
    const known = this.#reals.get(stored);
    if (known) return known;
    this.#charge(4 * data.length, name);
    const real: Tensor = { name, shape, type: 'f32', data: dequantise(data, shape, quant) };
    this.#reals.set(stored, real);
    return real;
  }

  /** The constant with zero point 0. */
  centred(stored: Tensor): Tensor {
    const { data, quant } = stored;
    if (!data || !quant || quant.zero.length > 1 || quant.zero[0] === 0) return stored;
    const known = this.#centred.get(stored);
    if (known) return known;
    const values = Int16Array.from(data, (v) => v - quant.zero[0]!);
    const fits = values.every((v) => v >= -128 && v <= 127);
    const type = fits ? 's8' : 's16';
    const tensor: Tensor = {
      ...stored,
      type,
      quant: { ...quant, zero: [0] },
      data: fits ? Int8Array.from(values) : values,
    };
    this.#centred.set(stored, tensor);
    return tensor;
  }

  /** Gives the model's tensor `index` the value of a constant: a node that was computed here and now. */
  define(index: number, { shape, type, data, quant }: Tensor, user: string): void {
    const { name } = this.source(index, user);
    if (this.#converted.has(index))
      throw new Problem('tensor-rewritten', `writes "${name}", which is used before`, user);
    this.#converted.set(index, { name, shape, type, ...(quant && { quant }), ...(data && { data }) });
  }

  /** The model's tensor `index` whose value is kept from run to run, for an operator that knows of it. */
  state(index: number, user: string): Tensor {
    if (this.#converted.has(index))
      throw new Problem('stateful', `its state "${this.source(index, user).name}" is used elsewhere`, user);
    const source = this.source(index, user);
    const tensor = this.#convert({ ...source, row: { ...source.row, isVariable: false } });
    if (tensor.data) throw new Problem('tflite-corrupt', `its state "${source.name}" is constant`, user);
    this.#converted.set(index, tensor);
    return tensor;
  }

  /** Lets the model's tensor `index` be a tensor of the graph. */
  alias(index: number, id: TensorId, user: string): void {
    const { name } = this.source(index, user);
    if (this.#converted.has(index))
      throw new Problem('tensor-rewritten', `writes "${name}", which is used before`, user);
    this.#converted.set(index, this.list[id]!);
  }

  /** A variable that nobody changes is a constant: real 0 unless it was given a value. */
  settle(id: TensorId, initial: TensorData | undefined): void {
    const t = this.list[id]!;
    const data = initial ?? newData(t.type, elements(t.shape)).fill(t.quant?.zero[0] ?? 0);
    this.list[id] = { ...t, data };
  }

  #convert({ row, name, where }: Source): Tensor {
    const type = supportedType(row, where);
    const shape = checkedShape(row.shape, type, where);
    const quant: Quant | undefined = readQuant(row.quantization, type, shape, where);
    const data = this.#data(row, type, shape, where);
    if (!data && type.constantOnly)
      throw new Problem('type-unsupported', `${type.name} is supported in constants only`, where);
    const tensor: Tensor = { name, shape, type: type.type, ...(quant && { quant }), ...(data && { data }) };
    return this.signed ? asSigned(tensor) : tensor;
  }

  #data(row: Row<typeof TENSOR>, type: TensorType, shape: Shape, where: string): TensorData | undefined {
    const count = elements(shape);
    const bytes = this.#bytes(row, where);
    if (!bytes.length) return undefined;
    if (row.sparsity ? bytes.length % type.bytes : bytes.length !== count * type.bytes)
      throw new Problem('tflite-corrupt', `${bytes.length} bytes of data for ${count} ${type.name} values`, where);
    this.#charge(count * 4, where);
    const data = type.decode(bytes);
    if (!data)
      throw new Problem('type-unsupported', `a value of this ${type.name} constant needs more than 32 bits`, where);
    if (type.type === 'f32' && !data.every(Number.isFinite))
      throw new Problem('not-finite', 'this constant holds NaN or infinity', where);
    return row.sparsity ? expand(row.sparsity, shape, data, newData(type.type, count), where) : data;
  }

  #bytes(row: Row<typeof TENSOR>, where: string): Uint8Array {
    if (row.externalBuffer) throw new Problem('tflite-external', 'its data are in another file', where);
    const table = this.buffers[row.buffer];
    if (!table && row.buffer)
      throw new Problem('tflite-corrupt', `names buffer #${row.buffer} of ${this.buffers.length}`, where);
    const { data, offset, size } = read(table, BUFFER);
    if (offset <= 1) return data;
    table!.bytes.need(offset, size, `the data of ${where}`);
    return table!.bytes.data.subarray(offset, offset + size);
  }

  #charge(bytes: number, where: string): void {
    this.#constantBytes += bytes;
    if (this.#constantBytes > mostConstantBytes)
      throw new Problem('too-large', `the constants take more than ${mostConstantBytes} bytes`, where);
  }
}

/** The same real values in int8. */
function asSigned(t: Tensor): Tensor {
  if (t.type !== 'u8' || !t.quant) return t;
  const quant: Quant = { ...t.quant, zero: t.quant.zero.map((z) => z - 128) };
  return { ...t, type: 's8', quant, ...(t.data && { data: Int8Array.from(t.data, (v) => v - 128) }) };
}

/** The tensor of a model's edge as its user sees it. */
export function asUnsigned(t: Tensor): Tensor {
  return { ...t, type: 'u8', quant: { ...t.quant!, zero: t.quant!.zero.map((z) => z + 128) } };
}

function supportedType(row: Row<typeof TENSOR>, where: string): TensorType {
  const type = tensorType(row.type);
  if (!type) {
    const message = `values of type ${typeName(row.type)} are not supported`;
    throw new Problem('type-unsupported', message, where, `supported: ${supportedTypes}`);
  }
  if (row.isVariable)
    throw new Problem(
      'stateful',
      'it keeps its value from run to run, which its operator is not supported to do',
      where,
    );
  return type;
}

function checkedShape(shape: Shape, type: TensorType, where: string): Shape {
  if (shape.length > mostRank)
    throw new Problem('tensor-shape', `${shape.length} dimensions; at most ${mostRank} are supported`, where);
  const axis = shape.findIndex((d) => d < 1);
  if (axis >= 0) {
    const message = `dimension ${axis} of [${shape}] is not fixed`;
    throw new Problem('tensor-dynamic', message, where, 'export the model with fixed input shapes');
  }
  const bytes = elements(shape) * type.bytes;
  if (bytes > mostTensorBytes)
    throw new Problem('too-large', `[${shape}] takes ${bytes} bytes; at most ${mostTensorBytes} are supported`, where);
  return shape;
}
