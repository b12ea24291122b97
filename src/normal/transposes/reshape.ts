import { elements, type NodeOf, type Shape, type TensorId } from '../../ir/graph.js';
import { identity, isIdentity, keepsOrder, permuted } from './perm.js';
import type { View, Views } from './views.js';

/** Axes of one shape that hold the same elements as axes of another. */
interface Block {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The finest blocks in which `from` can become `to`. */
function blocksOf(from: Shape, to: Shape): Block[] {
  const blocks: Block[] = [];
  for (let i = 0, j = 0; i < from.length || j < to.length; ) {
    const [a, b] = [[i], [j]];
    let [p, q] = [from[i++] ?? 1, to[j++] ?? 1];
    if (i > from.length) a.pop();
    if (j > to.length) b.pop();
    while (p !== q)
      if (p < q) {
        a.push(i);
        p *= from[i++]!;
      } else {
        b.push(j);
        q *= to[j++]!;
      }
    blocks.push({ from: a, to: b });
  }
  return blocks;
}

/** Blocks in the order in which the source has them; undefined where the source mixes them. */
function sourceOrder(blocks: readonly Block[], shape: Shape, perm: readonly number[]): Block[] | undefined {
  const blockOf = new Map(blocks.flatMap((b) => b.from.map((axis) => [axis, b] as const)));
  const axes = identity(perm.length)
    .map((source) => perm.indexOf(source))
    .filter((axis) => shape[axis]! > 1);
  const order: Block[] = [];
  let last = -1;
  for (const axis of axes) {
    const block = blockOf.get(axis)!;
    if (order.at(-1) === block) {
      if (axis < last) return undefined;
    } else if (order.includes(block)) return undefined;
    else order.push(block);
    last = axis;
  }
  return [...order, ...blocks.filter((b) => !order.includes(b))];
}

/** Whoever reads the tensor takes its last axis in any order, for its weights can be put into that order. */
function readersReorder(views: Views, id: TensorId): boolean {
  if (views.isOutput(id)) return false;
  return views.readers[id]!.every((node) => {
    if (node.op === 'fully_connected')
      return (
        node.in[0] === id && views.isConstant(node.in[1]!) && views.shape(node.in[1]!)[1] === views.shape(id).at(-1)
      );
    const isElementwise = /^(relu|logistic|tanh|quantize|dequantize|unary|cast)$/.test(node.op);
    return isElementwise && readersReorder(views, node.out[0]!);
  });
}

/** Leading axes stay, the last one of the result holds all others, in the order of the source. */
function flattened(views: Views, node: NodeOf<'reshape'>, view: View, shape: Shape, to: Shape): boolean {
  const depth = to.at(-1) ?? 1;
  let lead = 0;
  while (lead < shape.length && elements(shape.slice(lead)) > depth) lead++;
  const isFlat = elements(shape.slice(lead)) === depth;
  const leads = identity(lead).every((axis) => view.perm[axis] === axis || shape[axis] === 1);
  if (!isFlat || !leads || !keepsLead(view, shape, lead) || !readersReorder(views, node.out[0]!)) return false;
  const tail = view.perm.slice(lead).map((axis) => axis - lead);
  const sourceShape = views.shape(view.id).slice(lead);
  if (tail.some((axis) => axis < 0)) return false;
  views.reshapeFor(node, view.id, to, identity(to.length), placesOf(sourceShape, tail));
  return true;
}

const keepsLead = (view: View, shape: Shape, lead: number): boolean =>
  view.perm.slice(0, lead).every((axis, i) => shape[i] === 1 || axis < lead);

/** For every element of the source its place in the tensor that TRANSPOSE by `tail` makes of it. */
function placesOf(sourceShape: Shape, tail: readonly number[]): Int32Array {
  const shape = permuted(sourceShape, tail);
  const order = new Int32Array(elements(shape));
  const strides = shape.map((_, i) => elements(shape.slice(i + 1)));
  for (let k = 0; k < order.length; k++) {
    let rest = k;
    let place = 0;
    for (let axis = sourceShape.length - 1; axis >= 0; axis--) {
      place += (rest % sourceShape[axis]!) * strides[tail.indexOf(axis)]!;
      rest = Math.floor(rest / sourceShape[axis]!);
    }
    order[k] = place;
  }
  return order;
}

/** A reshape of a turned tensor: of what it was turned from, if the blocks of axes allow it. */
export function sinkReshape(views: Views, node: NodeOf<'reshape'>): void {
  const x = node.in[0]!;
  const view = views.view(x);
  const [shape, to] = [views.shape(x), views.shape(node.out[0]!)];
  if (isIdentity(view.perm)) {
    views.rewrite(node, [view.id], identity(to.length));
    return;
  }
  if (keepsOrder(views.shape(view.id), view.perm)) {
    views.rewrite(node, [view.id], identity(to.length));
    return;
  }
  const order = sourceOrder(blocksOf(shape, to), shape, view.perm);
  if (!order) {
    if (!flattened(views, node, view, shape, to)) views.keep(node);
    return;
  }
  const axes = order.flatMap((b) => b.to);
  const perm = identity(to.length).map((axis) => axes.indexOf(axis));
  views.reshapeFor(
    node,
    view.id,
    axes.map((axis) => to[axis]!),
    perm,
  );
}
