import type { Border, Graph, NodeOf, Tensor } from '../../ir/graph.js';
import { channels } from '../../ops/channels.js';
import { zeroPoint } from '../../ops/quantised.js';
import type { Keep } from './keep.js';
import type { Facts } from './known.js';

export type Mixing = NodeOf<'conv2d'> | NodeOf<'fully_connected'>;

/** A bias of one row, or one row per border class. */
export interface FoldedBias {
  readonly values: Float64Array;
  readonly border?: Border;
}

/** Window geometry of a mixing node; a fully connected one is a 1x1 convolution of one pixel. */
function geometry(graph: Graph, node: Mixing) {
  if (node.op === 'fully_connected')
    return { h: 1, w: 1, outH: 1, outW: 1, kh: 1, kw: 1, stride: [1, 1], dilation: [1, 1], top: 0, left: 0 } as const;
  const [, h, w] = graph.tensors[node.in[0]!]!.shape as [number, number, number, number];
  const [, outH, outW] = graph.tensors[node.out[0]!]!.shape as [number, number, number, number];
  const [, kh, kw] = graph.tensors[node.in[1]!]!.shape as [number, number, number, number];
  const { stride, dilation, pad } = node.attr;
  return { h, w, outH, outW, kh, kw, stride, dilation, top: pad[0], left: pad[2] };
}

type Geometry = ReturnType<typeof geometry>;

/** Calls `visit(tap, pixel)` for every tap of the window at (y, x) that lies inside the image. */
function insideTaps(g: Geometry, y: number, x: number, visit: (tap: number, pixel: number) => void): void {
  for (let ky = 0; ky < g.kh; ky++) {
    const iy = y * g.stride[0] - g.top + ky * g.dilation[0];
    if (iy < 0 || iy >= g.h) continue;
    for (let kx = 0; kx < g.kw; kx++) {
      const ix = x * g.stride[1] - g.left + kx * g.dilation[1];
      if (ix >= 0 && ix < g.w) visit(ky * g.kw + kx, iy * g.w + ix);
    }
  }
}

/** What the removed constant channels add to the accumulators: [output pixel][kept output channel]. */
function contributions(
  graph: Graph,
  node: Mixing,
  facts: Facts,
  removed: readonly number[],
  outputs: readonly number[],
): Float64Array {
  const g = geometry(graph, node);
  const x = graph.tensors[node.in[0]!]!;
  const w = graph.tensors[node.in[1]!]!.data!;
  const [count, taps, zero] = [channels(x.shape), g.kh * g.kw, zeroPoint(x)];
  const sums = new Float64Array(g.outH * g.outW * outputs.length);
  for (let y = 0; y < g.outH; y++)
    for (let xo = 0; xo < g.outW; xo++) {
      const row = (y * g.outW + xo) * outputs.length;
      insideTaps(g, y, xo, (tap, pixel) => {
        for (const c of removed) {
          const value = facts.data[pixel * count + c]! - zero;
          if (value)
            for (let i = 0; i < outputs.length; i++)
              sums[row + i]! += value * w[(outputs[i]! * taps + tap) * count + c]!;
        }
      });
    }
  return sums;
}

/** Adds the bias the node has already, which may itself differ by border class. */
function addBias(
  sums: Float64Array,
  g: Geometry,
  node: Mixing,
  bias: Tensor | undefined,
  outputs: readonly number[],
): void {
  if (!bias) return;
  const border = node.op === 'conv2d' ? node.attr.border : undefined;
  const count = channels(bias.shape);
  const columns = border ? Math.max(...border.cols) + 1 : 1;
  for (let p = 0; p < g.outH * g.outW; p++) {
    const y = Math.floor(p / g.outW);
    const row = border ? border.rows[y]! * columns + border.cols[p % g.outW]! : 0;
    for (let i = 0; i < outputs.length; i++) sums[p * outputs.length + i]! += bias.data![row * count + outputs[i]!]!;
  }
}

/** Groups equal slices: the class of each, numbered in order of first appearance. */
function classify(count: number, key: (i: number) => string): number[] {
  const seen = new Map<string, number>();
  return Array.from({ length: count }, (_, i) => {
    const k = key(i);
    if (!seen.has(k)) seen.set(k, seen.size);
    return seen.get(k)!;
  });
}

/** Equal rows and columns of the bias map become classes; the map is their product because windows are rectangles. */
function toClasses(sums: Float64Array, g: Geometry, width: number): FoldedBias {
  const pixel = (y: number, x: number) => sums.subarray((y * g.outW + x) * width, (y * g.outW + x + 1) * width).join();
  const rows = classify(g.outH, (y) => Array.from({ length: g.outW }, (_, x) => pixel(y, x)).join(';'));
  const cols = classify(g.outW, (x) => Array.from({ length: g.outH }, (_, y) => pixel(y, x)).join(';'));
  const classes = (Math.max(...rows) + 1) * (Math.max(...cols) + 1);
  if (classes === 1) return { values: sums.slice(0, width) };
  const values = new Float64Array(classes * width);
  for (let y = 0; y < g.outH; y++)
    for (let x = 0; x < g.outW; x++) {
      const row = rows[y]! * (Math.max(...cols) + 1) + cols[x]!;
      values.set(sums.subarray((y * g.outW + x) * width, (y * g.outW + x + 1) * width), row * width);
    }
  return { values, border: { rows, cols } };
}

/** The bias of the kept output channels after the removed, constant input channels are folded in. */
export function foldedBias(graph: Graph, node: Mixing, facts: readonly (Facts | undefined)[], keep: Keep): FoldedBias {
  const indices = (flags: Uint8Array, value: number) => [...flags.keys()].filter((i) => flags[i] === value);
  const outputs = indices(keep[node.out[0]!]!, 1);
  const fact = facts[node.in[0]!];
  const removed = indices(keep[node.in[0]!]!, 0).filter((c) => fact?.known[c]);
  const g = geometry(graph, node);
  const sums = removed.length
    ? contributions(graph, node, fact!, removed, outputs)
    : new Float64Array(g.outH * g.outW * outputs.length);
  addBias(sums, g, node, node.in[2] === undefined ? undefined : graph.tensors[node.in[2]]!, outputs);
  return toClasses(sums, g, outputs.length);
}
