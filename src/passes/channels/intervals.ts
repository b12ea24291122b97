import { elements, type Graph, type Node, type NodeOf, newData, type OpKind, type Tensor } from '../../ir/graph.js';
import { channels } from '../../ops/channels.js';
import { opDef } from '../../ops/index.js';
import type { Value } from '../../ops/op.js';
import { activationRange, convMultipliers, denseMultipliers, zeroPoint } from '../../ops/quantised.js';
import { requantize } from '../../support/fixed.js';

/** Per channel, the least and greatest stored value that a tensor can hold whatever the input is. */
export interface Interval {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

const typeRange: Partial<Record<Tensor['type'], readonly [number, number]>> = {
  s8: [-128, 127],
  u8: [0, 255],
  s16: [-32768, 32767],
};

/** Everything the stored type can hold; undefined for types that are not analysed (float, int32). */
function anything(t: Tensor): Interval | undefined {
  const range = typeRange[t.type];
  const fill = (v: number) => new Float64Array(channels(t.shape)).fill(v);
  return range && { low: fill(range[0]), high: fill(range[1]) };
}

/** The least interval around constant or computed data. */
export function around(t: Tensor, data: ArrayLike<number>, into?: Interval): Interval {
  const count = channels(t.shape);
  const low = into?.low ?? new Float64Array(count).fill(Infinity);
  const high = into?.high ?? new Float64Array(count).fill(-Infinity);
  for (let i = 0; i < data.length; i++) {
    const c = i % count;
    low[c] = Math.min(low[c]!, data[i]!);
    high[c] = Math.max(high[c]!, data[i]!);
  }
  return { low, high };
}

type Weighted = NodeOf<'conv2d'> | NodeOf<'depthwise_conv2d'> | NodeOf<'fully_connected'>;

const isWeighted = (node: Node): node is Weighted =>
  node.op === 'conv2d' || node.op === 'depthwise_conv2d' || node.op === 'fully_connected';

/**
 * Bounds of the int32 accumulator of output channel `o`: each weight meets the end of its input's interval that serves the
 * bound, or nothing where padding may hide the tap.
 */
function accumulate(graph: Graph, node: Weighted, x: Interval, o: number): [number, number] {
  const input = graph.tensors[node.in[0]!]!;
  const w = graph.tensors[node.in[1]!]!;
  const count = channels(w.shape);
  const depthwise = node.op === 'depthwise_conv2d';
  const taps = elements(w.shape) / (depthwise ? count : w.shape[0]!);
  const hides = node.op !== 'fully_connected' && node.attr.pad.some((p) => p > 0);
  const zero = zeroPoint(input);
  let [low, high] = [0, 0];
  for (let k = 0; k < taps; k++) {
    const weight = w.data![depthwise ? k * count + o : o * taps + k]!;
    const c = depthwise ? Math.floor(o / node.attr.multiplier) : channelOfTap(graph, node, k, o);
    const a = weight * (x.low[c]! - zero);
    const b = weight * (x.high[c]! - zero);
    low += Math.min(a, b, hides ? 0 : Infinity);
    high += Math.max(a, b, hides ? 0 : -Infinity);
  }
  return [low, high];
}

function channelOfTap(graph: Graph, node: Weighted, k: number, o: number): number {
  const w = graph.tensors[node.in[1]!]!.shape;
  if (node.op === 'fully_connected') return k % channels(graph.tensors[node.in[0]!]!.shape);
  const groups = node.op === 'conv2d' ? node.attr.groups : 1;
  return (k % channels(w)) + Math.floor((o * groups) / w[0]!) * channels(w);
}

/** The bias of channel `o` over all border classes: [least, greatest]. */
function biasRange(graph: Graph, node: Weighted, o: number, count: number): [number, number] {
  const data = node.in[2] === undefined ? undefined : graph.tensors[node.in[2]]!.data;
  if (!data) return [0, 0];
  let [low, high] = [Infinity, -Infinity];
  for (let i = o; i < data.length; i += count) {
    low = Math.min(low, data[i]!);
    high = Math.max(high, data[i]!);
  }
  return [low, high];
}

const fitsInt32 = (v: number): boolean => v >= -(2 ** 31) && v < 2 ** 31;

/** Requantisation is monotone, so the accumulator's bounds become the output's; wrap-around gives up. */
function weighted(graph: Graph, node: Weighted, x: Interval, y: Tensor): Interval | undefined {
  const input = graph.tensors[node.in[0]!]!;
  const w = graph.tensors[node.in[1]!]!;
  const count = channels(y.shape);
  const result = anything(y);
  if (!result || !w.data || w.type !== 's8' || input.type !== 's8') return result;
  const { multiplier, shift } = (node.op === 'fully_connected' ? denseMultipliers : convMultipliers)(
    input,
    w,
    y,
    count,
  );
  const [least, most] = activationRange(node.attr.act, y);
  const stored = (acc: number, o: number) =>
    Math.min(most, Math.max(least, requantize(acc, multiplier[o]!, shift[o]!) + zeroPoint(y)));
  for (let o = 0; o < count; o++) {
    const [low, high] = accumulate(graph, node, x, o);
    const [biasLow, biasHigh] = biasRange(graph, node, o, count);
    if (!fitsInt32(low + biasLow) || !fitsInt32(high + biasHigh)) continue;
    result.low[o] = stored(low + biasLow, o);
    result.high[o] = stored(high + biasHigh, o);
  }
  return result;
}

/** A tensor whose every pixel holds the interval's end. */
function filled(t: Tensor, end: Float64Array): Value {
  if (t.data) return t as Value;
  const data = newData(t.type, elements(t.shape));
  for (let i = 0; i < data.length; i++) data[i] = end[i % end.length]!;
  return { ...t, data };
}

/** Which end each input takes: all pairs for two inputs (sub and mul are monotone in each operand alone), else all low or all high. */
const corners = (inputs: number): boolean[][] =>
  inputs === 2
    ? [
        [false, false],
        [false, true],
        [true, false],
        [true, true],
      ]
    : [Array(inputs).fill(false), Array(inputs).fill(true)];

/** Of any other op everything is possible. */
const monotoneOps: ReadonlySet<OpKind> = new Set<OpKind>([
  'add',
  'sub',
  'mul',
  'average_pool2d',
  'max_pool2d',
  'mean',
  'reshape',
  'logistic',
  'tanh',
  'relu',
  'pad',
  'quantize',
  'concatenation',
  'transpose',
  'resize_bilinear',
]);

/** Ops that are monotone in each input: evaluated by the reference at the ends of the intervals. */
function monotone(graph: Graph, node: Node, at: readonly (Interval | undefined)[], y: Tensor): Interval | undefined {
  const inputs = node.in.map((id) => graph.tensors[id]!);
  if (!typeRange[y.type] || node.in.some((id) => !at[id])) return anything(y);
  let result: Interval | undefined;
  for (const corner of corners(inputs.length)) {
    const ends = inputs.map((t, i) => filled(t, corner[i] ? at[node.in[i]!]!.high : at[node.in[i]!]!.low));
    result = around(y, opDef(node).run(node, ends, [y])[0]!, result);
  }
  return result;
}

/** Intervals of every tensor, forwards through the graph (undefined where not analysed). */
export function intervals(graph: Graph): (Interval | undefined)[] {
  const at = graph.tensors.map((t) => (t.data && typeRange[t.type] ? around(t, t.data) : undefined));
  for (const id of graph.inputs) at[id] = anything(graph.tensors[id]!);
  for (const node of graph.nodes) {
    const y = graph.tensors[node.out[0]!]!;
    const x = at[node.in[0]!];
    if (isWeighted(node) && x) at[node.out[0]!] = weighted(graph, node, x, y);
    else at[node.out[0]!] = monotoneOps.has(node.op) ? monotone(graph, node, at, y) : anything(y);
  }
  return at;
}
