import { readers, sweep, writers } from '../ir/edit.js';
import {
  elements,
  type Graph,
  type Node,
  type NodeOf,
  results,
  type Shape,
  type Tensor,
  type TensorId,
} from '../ir/graph.js';

type Weighted = NodeOf<'conv2d'> | NodeOf<'depthwise_conv2d'> | NodeOf<'fully_connected'>;
type Affine = NodeOf<'add'> | NodeOf<'sub'> | NodeOf<'mul'>;

const isWeighted = (node: Node | undefined): node is Weighted =>
  node !== undefined && (node.op === 'conv2d' || node.op === 'depthwise_conv2d' || node.op === 'fully_connected');
const isAffine = (node: Node): node is Affine => node.op === 'add' || node.op === 'sub' || node.op === 'mul';

/** One value per channel of the last axis, from a constant that is broadcast along the others. */
function perChannel({ data, shape }: Tensor, channels: number): Float64Array | undefined {
  if (!data || (elements(shape) !== 1 && (elements(shape) !== channels || shape.at(-1) !== channels))) return undefined;
  return Float64Array.from({ length: channels }, (_, i) => data[data.length === 1 ? 0 : i]!);
}

/** The graph while constants move into the layers before them. */
class Folder {
  readonly tensors: Tensor[];
  readonly nodes: Node[] = [];
  /** where a layer that is in `nodes` stands, by its output */
  private readonly places = new Map<TensorId, number>();
  private readonly by: readonly (Node | undefined)[];
  private readonly read: readonly Node[][];

  constructor(private readonly graph: Graph) {
    this.tensors = [...graph.tensors];
    this.by = writers(graph);
    this.read = readers(graph);
  }

  private add(t: Tensor): TensorId {
    return this.tensors.push(t) - 1;
  }

  node(node: Node): void {
    if (isAffine(node) && this.absorb(node)) return;
    this.places.set(node.out[0]!, this.nodes.push(node) - 1);
  }

  private layerBefore(node: Affine, id: TensorId): { layer: Weighted; place: number } | undefined {
    const place = this.places.get(id);
    const layer = place === undefined ? undefined : this.nodes[place];
    const isPrivate = this.read[id]!.length === 1 && !results(this.graph).includes(id);
    if (!isWeighted(layer) || layer.attr.act !== 'none' || !isPrivate) return undefined;
    const [x, y] = [this.tensors[id]!, this.tensors[node.out[0]!]!];
    return x.type === 'f32' && same(x.shape, y.shape) ? { layer, place: place! } : undefined;
  }

  private absorb(node: Affine): boolean {
    const at = node.in.findIndex((id) => this.layerBefore(node, id));
    const found = at < 0 ? undefined : this.layerBefore(node, node.in[at]!);
    if (!found || (node.op === 'sub' && at === 1)) return false;
    const next = this.changed(node, found.layer, node.in[1 - at]!);
    if (!next) return false;
    const { act } = node.attr;
    this.nodes[found.place] = { ...next, attr: { ...next.attr, act }, out: node.out } as Node;
    this.places.set(node.out[0]!, found.place);
    return true;
  }

  private changed(node: Affine, layer: Weighted, constant: TensorId): Weighted | undefined {
    const channels = this.tensors[layer.out[0]!]!.shape.at(-1)!;
    const isStored = this.by[constant]?.op === 'dequantize';
    if (isStored && node.op === 'add' && layer.in.length === 2 && same(this.tensors[constant]!.shape, [channels]))
      return this.hoisted(layer, constant);
    const values = perChannel(this.tensors[constant]!, channels);
    if (!values || this.tensors[constant]!.type !== 'f32') return undefined;
    return node.op === 'mul' ? this.scaled(layer, values) : this.moved(layer, values, node.op === 'add' ? 1 : -1);
  }

  /** A bias that a node before makes; that node has to stand before the layer. */
  private hoisted(layer: Weighted, constant: TensorId): Weighted | undefined {
    const [place, own] = [this.places.get(constant), this.places.get(layer.out[0]!)];
    return place !== undefined && place < own! ? ({ ...layer, in: [...layer.in, constant] } as Weighted) : undefined;
  }

  private moved(layer: Weighted, values: Float64Array, sign: number): Weighted | undefined {
    const bias = layer.in[2] === undefined ? undefined : this.tensors[layer.in[2]]!;
    if ((bias && !bias.data) || ('border' in layer.attr && layer.attr.border)) return undefined;
    const data = Float32Array.from(values, (v, i) => (bias?.data?.[i] ?? 0) + sign * v);
    const name = bias?.name ?? `${this.tensors[layer.out[0]!]!.name}/bias`;
    return {
      ...layer,
      in: [layer.in[0], layer.in[1], this.add({ name, shape: [values.length], type: 'f32', data })],
    } as Weighted;
  }

  private scaled(layer: Weighted, values: Float64Array): Weighted | undefined {
    const weights = this.tensors[layer.in[1]!]!;
    const bias = layer.in[2] === undefined ? undefined : this.tensors[layer.in[2]]!;
    if (!weights.data || (bias && !bias.data) || ('border' in layer.attr && layer.attr.border)) return undefined;
    const each = layer.op === 'depthwise_conv2d' ? 1 : weights.data.length / values.length;
    const of = (i: number) => values[Math.floor(i / each) % values.length]!;
    const data = Float32Array.from(weights.data, (w, i) => w * of(i));
    const ids = [layer.in[0]!, this.add({ ...weights, data })];
    if (bias) ids.push(this.add({ ...bias, data: Float32Array.from(bias.data!, (b, i) => b * values[i]!) }));
    return { ...layer, in: ids } as Weighted;
  }
}

const same = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

/**
 * Constants that are added to or multiplied with the channels of a convolution or fully connected layer move into its
 * weights and bias, as batch normalisation is left behind by exporters. Float only; rounded once per weight.
 */
export function foldAffine(graph: Graph): Graph {
  const folder = new Folder(graph);
  for (const node of graph.nodes) folder.node(node);
  return sweep({ ...graph, tensors: folder.tensors, nodes: folder.nodes });
}
