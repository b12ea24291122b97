/** Where windows lie in an image: what the members of nn_windows (nn_windows.ts) say. */
import type { Geometry } from '../geometry.js';
import type { Field, Site } from '../kernel.js';
import { siteArray } from '../pack.js';

/** Size of an image with its border, as far as windows reach; [0, 0] where it has none. */
export function bordered(g: Geometry): readonly [number, number] {
  const reach = (out: number, stride: number, kernel: number, dilation: number) =>
    (out - 1) * stride + (kernel - 1) * dilation + 1;
  const height = reach(g.outH, g.stride[0], g.kernel[0], g.dilation[0]);
  const width = reach(g.outW, g.stride[1], g.kernel[1], g.dilation[1]);
  const isInside = g.pad[0] === 0 && g.pad[2] === 0 && height <= g.inH && width <= g.inW;
  // Rows stay as long as the image: what no window reads is cut off.
  return isInside ? [0, 0] : [height, width];
}

/** Elements from the first tap of a window to each, in the image with its border. */
export function tapOffsets(g: Geometry): number[] {
  const width = bordered(g)[1] || g.inW;
  const [rows, columns] = g.kernel;
  return Array.from({ length: rows * columns }, (_, t) => {
    const [i, j] = [Math.floor(t / columns), t % columns];
    return (i * g.dilation[0] * width + j * g.dilation[1]) * g.inC;
  });
}

/** Values of a window that lie side by side: how many, and elements from the first to each run. */
export function runsOf(g: Geometry): { run: number; offsets: number[] } {
  const taps = tapOffsets(g);
  if (g.dilation[1] !== 1) return { run: g.inC, offsets: taps };
  return { run: g.kernel[1] * g.inC, offsets: taps.filter((_, i) => i % g.kernel[1] === 0) };
}

/** Fields from the number of images to the padding. */
export const sizeParts = (g: Geometry): Field[] => [
  { comment: 'images', values: [g.batch] },
  { comment: 'input', values: [g.inH, g.inW, g.inC] },
  { comment: 'output', values: [g.outH, g.outW] },
  { comment: 'stride', values: g.stride },
  { comment: 'padding at the top, left', values: [g.pad[0], g.pad[2]] },
];

/** The same, to the value of the image's border. */
export const imageParts = (g: Geometry, fill: number): Field[] => [
  ...sizeParts(g),
  { comment: 'image with its border', values: bordered(g) },
  { comment: 'value of the border', values: [fill] },
];

/** The members of nn_windows. @param unit bytes of a value */
export function windowFields(site: Site, g: Geometry, unit: number, fill: number): Field[] {
  const { run, offsets } = runsOf(g);
  const places = offsets.map((o) => o * unit);
  return [
    ...imageParts(g, fill),
    {
      comment: 'runs, values of a run, where they lie in bytes',
      values: [offsets.length, run, siteArray(site, 'offsets', 'int32_t', places, '[runs]')],
    },
  ];
}

/** Values of the image with its border. */
export function borderSize(g: Geometry): number {
  const [height, width] = bordered(g);
  return height * width * g.inC;
}

/** Windows of 3x3, `stride` columns apart. */
export const isWindow3x3 = (g: Geometry, stride: number): boolean =>
  `${g.kernel}/${g.dilation}/${g.stride[1]}` === `3,3/1,1/${stride}`;
