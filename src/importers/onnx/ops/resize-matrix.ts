/** Resizing along one axis as a matrix: for what no kernel does by itself. Source: ONNX, operator Resize. */

export interface Axis {
  readonly from: number;
  readonly to: number;
  /** output pixels per input pixel */
  readonly scale: number;
}

export type Place = (i: number, axis: Axis) => number;

/** Where on the input the middle of output pixel i lies. */
export const places: Readonly<Record<string, Place>> = {
  asymmetric: (i, { scale }) => i / scale,
  half_pixel: (i, { scale }) => (i + 0.5) / scale - 0.5,
  half_pixel_symmetric: (i, { scale, from, to }) => {
    const offset = (from / 2) * (1 - to / (scale * from));
    return offset + (i + 0.5) / scale - 0.5;
  },
  pytorch_half_pixel: (i, { scale, to }) => (to > 1 ? (i + 0.5) / scale - 0.5 : 0),
  align_corners: (i, { from, scale }) => (scale * from > 1 ? (i * (from - 1)) / (scale * from - 1) : 0),
  tf_half_pixel_for_nn: (i, { scale }) => (i + 0.5) / scale,
};

export interface Shape1 {
  readonly mode: 'linear' | 'cubic';
  /** of the cubic curve */
  readonly cubic: number;
  /** smooths when it makes smaller */
  readonly antialias: boolean;
  /** weights of pixels outside count nothing, instead of for the border */
  readonly excludeOutside: boolean;
}

const linear = (d: number): number => Math.max(0, 1 - Math.abs(d));

function cubic(a: number): (d: number) => number {
  return (distance) => {
    const d = Math.abs(distance);
    if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
  };
}

/** One row per output pixel [to, from]. */
export function resizeMatrix(axis: Axis, place: Place, shape: Shape1): Float64Array {
  const { from, to, scale } = axis;
  const curve = shape.mode === 'linear' ? linear : cubic(shape.cubic);
  const stretch = shape.antialias ? Math.min(scale, 1) : 1;
  const reach = Math.ceil((shape.mode === 'linear' ? 1 : 2) / stretch);
  const rows = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const at = place(i, axis);
    const row = new Float64Array(from);
    let total = 0;
    for (let p = Math.floor(at) - reach; p <= Math.floor(at) + reach + 1; p++) {
      const isOutside = p < 0 || p >= from;
      const weight = isOutside && shape.excludeOutside ? 0 : curve((p - at) * stretch);
      row[Math.max(0, Math.min(from - 1, p))]! += weight;
      total += weight;
    }
    rows.set(
      row.map((w) => w / (total || 1)),
      i * from,
    );
  }
  return rows;
}
