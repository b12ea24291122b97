/** Convolutions in groups as plain ones: every filter gets zeros for the channels of the other groups. */
import { elements, type Shape, type Tensor } from '../../ir/graph.js';

/** Calls `visit` with the places of a weight in the plain filter and in the grouped one. */
function eachWeight(shape: Shape, groups: number, visit: (plain: number, own: number) => void): void {
  const [filters, own] = [shape[0]!, shape[3]!];
  const taps = shape[1]! * shape[2]!;
  for (let i = 0; i < filters * taps * own; i++) {
    const group = Math.floor((Math.floor(i / (taps * own)) * groups) / filters);
    visit(Math.floor(i / own) * own * groups + group * own + (i % own), i);
  }
}

/** Weights [Co,Kh,Kw,Ci/groups] as [Co,Kh,Kw,Ci]. */
export function expanded(w: Pick<Tensor, 'shape' | 'data'>, groups: number): Float32Array {
  const out = new Float32Array(elements(w.shape) * groups);
  eachWeight(w.shape, groups, (plain, own) => {
    out[plain] = w.data![own]!;
  });
  return out;
}

/** The inverse of `expanded`; `shape` is [Co,Kh,Kw,Ci/groups]. */
export function collapsed(plain: Float32Array, shape: Shape, groups: number): Float32Array {
  const out = new Float32Array(elements(shape));
  eachWeight(shape, groups, (from, own) => {
    out[own] = plain[from]!;
  });
  return out;
}
