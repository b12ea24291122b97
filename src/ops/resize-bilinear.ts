import { type NodeOf, newData, type Tensor } from '../ir/graph.js';
import type { OpDef, Value } from './op.js';
import { demand, demandActivations, demandRank } from './validate.js';

/** Where one row (or column) of the result comes from: two of the input, and how far it lies from the first to the second. */
export interface Between {
  readonly low: number;
  readonly high: number;
  /** 0 = at the first; in units of 1 / `unit` */
  readonly at: number;
}

type Attr = NodeOf<'resize_bilinear'>['attr'];

/** Steps that int8 counts from one pixel to the next. */
export const resizeUnit = 1024;

/** In real numbers, as TFLite's ResizeBilinear: float32. */
function realSteps(from: number, to: number, { alignCorners, halfPixel }: Attr): Between[] {
  const f = Math.fround;
  const scale = alignCorners && to > 1 ? f((from - 1) / (to - 1)) : f(from / to);
  return Array.from({ length: to }, (_, i) => {
    const place = halfPixel ? f(f(f(i + 0.5) * scale) - 0.5) : f(i * scale);
    const low = Math.max(Math.floor(place), 0);
    return { low, high: Math.min(Math.ceil(place), from - 1), at: f(place - low) };
  });
}

/** In steps of 1 / 1024, as TFLite's ResizeBilinearInteger. */
function integerSteps(from: number, to: number, { alignCorners, halfPixel }: Attr): Between[] {
  const [size, count] = alignCorners && to > 1 ? [from - 1, to - 1] : [from, to];
  const scale = Math.trunc((resizeUnit * size + Math.trunc(count / 2)) / count);
  return Array.from({ length: to }, (_, i) => {
    const place = i * scale + (halfPixel ? Math.trunc(scale / 2) - resizeUnit / 2 : 0);
    const low = Math.max(Math.trunc(place / resizeUnit), 0);
    const high = Math.min(Math.trunc((place + resizeUnit - 1) / resizeUnit), from - 1);
    return { low, high, at: place - low * resizeUnit };
  });
}

/** The rows and columns of the input between which every row and column of the result lies. */
export function resizeSteps(node: NodeOf<'resize_bilinear'>, x: Tensor): { rows: Between[]; columns: Between[] } {
  const steps = x.type === 'f32' ? realSteps : integerSteps;
  const [height, width] = node.attr.size;
  return { rows: steps(x.shape[1]!, height, node.attr), columns: steps(x.shape[2]!, width, node.attr) };
}

/** Half away from zero, for sums in units of 1 / 2^20. */
const rounded = (sum: number): number => Math.trunc((sum + (sum > 0 ? 2 ** 19 : -(2 ** 19))) / 2 ** 20);

/** x [N,H,W,C] to another height and width. Source: TFLite, reference/resize_bilinear.h. */
export const resizeBilinear: OpDef<'resize_bilinear'> = {
  inputs: [1, 1],
  infer(node, [x], [y]) {
    const { size, alignCorners, halfPixel } = node.attr;
    demandRank(node, 'the input', x!, 4);
    demandActivations(node, [x!], y!);
    demand(
      node,
      size.every((n) => n >= 1),
      'op-attribute',
      `a size of ${size.join('x')}`,
    );
    demand(node, !(alignCorners && halfPixel), 'op-attribute', 'aligned corners and half pixels exclude each other');
    const isSame = x!.quant?.scale[0] === y!.quant?.scale[0] && x!.quant?.zero[0] === y!.quant?.zero[0];
    demand(node, x!.type === 'f32' || isSame, 'op-quant', 'input and output have different scales or zero points');
    return [[x!.shape[0]!, ...size, x!.shape[3]!]];
  },
  run(node, inputs, outputs) {
    const x = inputs[0] as Value;
    const [batches, , width, depth] = x.shape as [number, number, number, number];
    const { rows, columns } = resizeSteps(node, x);
    const unit = x.type === 'f32' ? 1 : resizeUnit;
    const finish = x.type === 'f32' ? (v: number) => v : rounded;
    const out = newData(
      x.type,
      outputs[0]!.shape.reduce((a, b) => a * b),
    );
    const image = x.data.length / batches;
    let at = 0;
    for (let n = 0; n < batches; n++)
      for (const r of rows)
        for (const q of columns)
          for (let c = 0; c < depth; c++) {
            const value = (row: number, column: number) => x.data[n * image + (row * width + column) * depth + c]!;
            const [top, left] = [unit - r.at, unit - q.at];
            const upper = value(r.low, q.low) * top * left + value(r.high, q.low) * r.at * left;
            out[at++] = finish(upper + value(r.low, q.high) * top * q.at + value(r.high, q.high) * r.at * q.at);
          }
    return [out];
  },
  macs: () => 0,
};
