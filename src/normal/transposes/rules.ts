import type { NodeOf, OpKind, TensorId } from '../../ir/graph.js';
import { identity, isIdentity, keepsOrder, type Perm, permuted, samePerm, unpermuted } from './perm.js';
import { sinkReshape } from './reshape.js';
import type { Views } from './views.js';

type Rule<K extends OpKind> = (views: Views, node: NodeOf<K>) => void;

/** Works on each element alone. */
function elementwise(views: Views, node: NodeOf<'relu'>): void {
  const { id, perm, order } = views.view(node.in[0]!);
  views.rewrite(node, [id], perm, node.attr, order);
}

const elementCount = (views: Views, id: TensorId): number => views.shape(id).reduce((a, b) => a * b, 1);

/** The layout in which the least elements have to be moved; of equal ones a turned one, so that turns meet further down. */
function bestPerm(views: Views, ids: readonly TensorId[], rank: number): Perm {
  const moving = ids.filter((id) => !views.isConstant(id) && views.shape(id).length === rank);
  const candidates = moving.map((id) => views.view(id).perm);
  const cost = (perm: Perm): number =>
    moving.reduce((sum, id) => {
      const view = views.view(id);
      const turn = unpermuted(view.perm, perm);
      return sum + (keepsOrder(views.shape(view.id), turn) ? 0 : elementCount(views, id));
    }, 0);
  const turned = candidates.filter((p) => !isIdentity(p));
  return [...turned, identity(rank)].reduce(
    (best, p) => (cost(p) < cost(best) ? p : best),
    turned[0] ?? identity(rank),
  );
}

/** Operands by numpy's rules. */
function broadcasting(views: Views, node: NodeOf<'add'> | NodeOf<'binary'> | NodeOf<'select'>): void {
  const rank = views.shape(node.out[0]!).length;
  const perm = bestPerm(views, node.in, rank);
  const inputs = node.in.map((id) => {
    if (isIdentity(perm)) return views.plain(id);
    if (elementCount(views, id) === 1 && views.shape(id).length <= 1) return views.plain(id);
    return views.laidOut(views.shape(id).length === rank ? id : views.raised(id, rank), perm);
  });
  views.rewrite(node, inputs, perm);
}

function concatenation(views: Views, node: NodeOf<'concatenation'>): void {
  const perm = bestPerm(views, node.in, views.shape(node.out[0]!).length);
  const inputs = node.in.map((id) => views.laidOut(id, perm));
  views.rewrite(node, inputs, perm, { ...node.attr, axis: perm[node.attr.axis]! });
}

/** What is left of an order of axes when some are gone. */
function without(perm: Perm, axes: readonly number[]): number[] {
  const left = perm.filter((_, i) => !axes.includes(i));
  const sorted = [...left].sort((a, b) => a - b);
  return left.map((axis) => sorted.indexOf(axis));
}

function reduction(views: Views, node: NodeOf<'mean'> | NodeOf<'reduce'>): void {
  const { id, perm } = views.view(node.in[0]!);
  const { axes, keepDims } = node.attr;
  const sourceAxes = axes.map((axis) => perm[axis]!).sort((a, b) => a - b);
  views.rewrite(node, [id], keepDims ? perm : without(perm, axes), { ...node.attr, axes: sourceAxes });
}

function position(views: Views, node: NodeOf<'arg_max'> | NodeOf<'arg_min'>): void {
  const { id, perm } = views.view(node.in[0]!);
  const { axis, keepDims } = node.attr;
  views.rewrite(node, [id], keepDims ? perm : without(perm, [axis]), { ...node.attr, axis: perm[axis]! });
}

/** Attributes that are lists with a value per axis. */
const perAxis =
  <K extends OpKind>(...lists: readonly string[]): Rule<K> =>
  (views, node) => {
    const { id, perm } = views.view(node.in[0]!);
    const attr = node.attr as Record<string, readonly number[]>;
    const moved = Object.fromEntries(lists.map((name) => [name, unpermuted(attr[name]!, perm)]));
    views.rewrite(node as never, [id], perm, { ...attr, ...moved });
  };

/** Along one axis that stays. */
function alongAxis(views: Views, node: NodeOf<'cumsum'> | NodeOf<'top_k'>): void {
  const { id, perm } = views.view(node.in[0]!);
  views.rewrite(node, [id], perm, { ...node.attr, axis: perm[node.attr.axis]! });
}

function gather(views: Views, node: NodeOf<'gather'>): void {
  const { id, perm } = views.view(node.in[0]!);
  if (node.attr.batchDims || views.shape(node.in[1]!).length !== 1) {
    views.keep(node);
    return;
  }
  views.rewrite(node, [id, views.plain(node.in[1]!)], perm, { ...node.attr, axis: perm[node.attr.axis]! });
}

/** Over the last axis, wherever the others are; else the axis is brought to the end. */
function overLast(views: Views, node: NodeOf<'softmax'>): void {
  const { id, perm } = views.view(node.in[0]!);
  const last = perm.length - 1;
  if (perm[last] === last) views.rewrite(node, [id], perm);
  else views.keep(node);
}

function fullyConnected(views: Views, node: NodeOf<'fully_connected'>): void {
  const [x, weights, ...rest] = node.in as [TensorId, TensorId, ...TensorId[]];
  const { id, perm, order } = views.view(x);
  if (order) {
    views.rewrite(node, [id, views.reordered(weights, order), ...rest], identity(views.shape(node.out[0]!).length));
    return;
  }
  const last = perm.length - 1;
  const isRows = samePerm(views.shape(x).slice(0, -1), views.shape(node.out[0]!).slice(0, -1));
  if (perm[last] === last && isRows) views.rewrite(node, [id, weights, ...rest], perm);
  else views.keep(node);
}

function transpose(views: Views, node: NodeOf<'transpose'>): void {
  const view = views.view(node.in[0]!);
  views.set(node.out[0]!, { id: view.id, perm: permuted(view.perm, node.attr.perm) });
}

/** How TRANSPOSE passes each op; those that are missing want their inputs as they are. */
export const rules: { readonly [K in OpKind]?: Rule<K> } = {
  relu: elementwise,
  logistic: elementwise as never,
  tanh: elementwise as never,
  unary: elementwise as never,
  cast: elementwise as never,
  quantize: elementwise as never,
  dequantize: (views, node) => (views.tensor(node.in[0]!).data ? views.keep(node) : elementwise(views, node as never)),
  add: broadcasting,
  sub: broadcasting as never,
  mul: broadcasting as never,
  binary: broadcasting,
  select: broadcasting,
  concatenation,
  mean: reduction,
  reduce: reduction,
  arg_max: position,
  arg_min: position,
  pad: perAxis('before', 'after'),
  strided_slice: perAxis('begin', 'strides'),
  tile: perAxis('multiples'),
  resize_nearest: perAxis('steps'),
  cumsum: alongAxis,
  top_k: alongAxis,
  gather,
  softmax: overLast,
  log_softmax: overLast as never,
  local_response_normalization: overLast as never,
  fully_connected: fullyConnected,
  reshape: sinkReshape,
  transpose,
};
