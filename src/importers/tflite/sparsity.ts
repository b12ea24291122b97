import { elements, type Shape, type TensorData } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';
import { DIMENSION, INDEX_VECTOR, SPARSITY } from './schema.js';
import { read, type Table } from './table.js';

/** How one level of the traversal is stored: all its indices, or those listed between segment bounds. */
type Level =
  | { readonly size: number; readonly segments?: undefined }
  | { readonly size: number; readonly segments: ArrayLike<number>; readonly indices: ArrayLike<number> };

const corrupt = (what: string, where: string): Problem =>
  new Problem('tflite-corrupt', `its sparsity is damaged: ${what}`, where, 'export the model again');

/** The numbers of one of Int32Vector, Uint16Vector, Uint8Vector. */
function vector(type: number, table: Table | undefined, where: string): ArrayLike<number> {
  const { i32, u16, u8 } = read(table, INDEX_VECTOR);
  const found = [i32, u16, u8][type - 1];
  if (!found) throw corrupt(`index type ${type}`, where);
  return found;
}

function levelOf(table: Table, where: string): Level {
  const d = read(table, DIMENSION);
  if (d.format === 0) return { size: d.denseSize };
  if (d.format !== 1) throw corrupt(`dimension format ${d.format}`, where);
  const segments = vector(d.segmentsType, d.segments, where);
  const indices = vector(d.indicesType, d.indices, where);
  return { size: d.denseSize, segments, indices };
}

/** Steps through the levels and gives each stored value its place. */
class Expansion {
  private readonly at: number[];
  private next = 0;
  private readonly order: readonly number[];
  private readonly blockMap: readonly number[];
  private readonly levels: readonly Level[];
  constructor(
    table: Table,
    private readonly shape: Shape,
    private readonly stored: TensorData,
    private readonly dense: TensorData,
    private readonly where: string,
  ) {
    const s = read(table, SPARSITY);
    this.order = s.traversalOrder;
    this.blockMap = s.blockMap;
    this.levels = s.dimensions.map((d) => levelOf(d, where));
    this.at = new Array<number>(this.levels.length).fill(0);
    this.check();
  }

  private check(): void {
    const { order, levels, blockMap, shape, where } = this;
    const rank = shape.length;
    const isOrder = [...order].sort((a, b) => a - b).every((d, i) => d === i);
    if (!isOrder || order.length !== levels.length || levels.length !== rank + blockMap.length)
      throw corrupt(`${levels.length} levels for ${rank} dimensions`, where);
    if (order.slice(0, rank).some((d) => d >= rank)) throw corrupt('blocks come before what they divide', where);
    if (blockMap.some((d) => d < 0 || d >= rank)) throw corrupt('a block of a dimension that is not there', where);
  }

  run(): void {
    this.level(0, 0);
    if (this.next !== this.stored.length)
      throw corrupt(`${this.stored.length} values, of which ${this.next} have a place`, this.where);
  }

  private level(level: number, before: number): void {
    if (level === this.levels.length) {
      this.place();
      return;
    }
    const l = this.levels[level]!;
    if (!l.segments) {
      for (let i = 0; i < l.size; i++) this.step(level, i, before * l.size + i);
      return;
    }
    const [from, to] = [l.segments[before], l.segments[before + 1]];
    if (from === undefined || to === undefined || from < 0 || to > l.indices.length)
      throw corrupt('segments outside its indices', this.where);
    for (let i = from; i < to; i++) this.step(level, l.indices[i]!, i);
  }

  private step(level: number, index: number, before: number): void {
    this.at[level] = index;
    this.level(level + 1, before);
  }

  private place(): void {
    const { shape, order, at } = this;
    const rank = shape.length;
    const index = new Array<number>(rank).fill(0);
    for (let i = 0; i < rank; i++) index[order[i]!] = at[i]!;
    for (let i = rank; i < at.length; i++) {
      const block = order[i]! - rank;
      const dim = this.blockMap[block]!;
      index[dim] = index[dim]! * this.levels[i]!.size + at[i]!;
    }
    const isOutside = index.some((v, d) => v < 0 || v >= shape[d]!);
    if (isOutside || this.next >= this.stored.length) throw corrupt(`a value at [${index}]`, this.where);
    this.dense[index.reduce((n, v, d) => n * shape[d]! + v, 0)] = this.stored[this.next++]!;
  }
}

/**
 * Writes the values of a sparse tensor to their places; the others stay 0.
 * Source: TFLite schema, SparsityParameters (the format of TACO, Kjolstad et al. 2017).
 * @param stored values in traversal order
 * @param dense of the tensor's full size, all 0
 * @throws Problem `tflite-corrupt`
 */
export function expand(table: Table, shape: Shape, stored: TensorData, dense: TensorData, where: string): TensorData {
  if (dense.length !== elements(shape)) throw corrupt('size', where);
  new Expansion(table, shape, stored, dense, where).run();
  return dense;
}
