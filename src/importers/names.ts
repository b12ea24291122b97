/** Path components that say nothing about a layer: wrappers of exporters, and ops a layer always consists of. */
const wrapper =
  /^(StatefulPartitionedCall|PartitionedCall|Identity|Identity_int8|model|sequential|functional|serving_default|tfl\..*)(_\d+)*$/i;
const inner =
  /^(BiasAdd|MatMul|Conv2D|Conv|depthwise|DepthwiseConv2dNative|convolution|Add|AddV2|Sub|Mul|Reshape|Softmax|Sigmoid|AvgPool|MaxPool|Mean|Pad|concat|transpose|FusedBatchNorm(V3)?)(_?\d+)*$/i;
/** What a converter calls the op inside the layer that each of our ops comes from. */
const core: Readonly<Record<string, RegExp>> = {
  conv2d: /\/Conv2D\d*$/,
  depthwise_conv2d: /\/(depthwise|DepthwiseConv2dNative)\d*$/,
  fully_connected: /\/MatMul\d*$/,
  add: /\/add(v2)?\d*$/i,
};
const longest = 32;

const clean = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();

/**
 * A fused op's name chains the names of its parts: `m/act/Relu;m/conv1/BiasAdd;m/conv9/Conv2D;m/conv1/Conv2D`. The part
 * with the bias is the op's own; of the others the last one is, since earlier ones may be constants shared with it.
 */
function ownPart(tensor: string, op: string): string {
  const parts = tensor.split(';');
  const last = (pattern: RegExp | undefined) => pattern && parts.findLast((part) => pattern.test(part));
  return (op in core && last(/\/BiasAdd\d*$/)) || last(core[op]) || parts[0]!;
}

function layerName(path: string): string {
  const parts = path
    .replace(/:\d+$/, '')
    .split('/')
    .filter((part) => clean(part) && !wrapper.test(part));
  const last = clean(parts.at(-1) ?? '');
  const layer = clean(parts.at(-2) ?? '');
  if (!layer) return last;
  if (inner.test(parts.at(-1)!)) return layer;
  // `conv/conv_relu`: once is enough
  return last.startsWith(layer) ? last : `${layer}_${last}`;
}

/**
 * A short name for the node that writes `tensor`: `model/conv2d_1/BiasAdd;model/...` gives `conv2d_1`,
 * `model/conv2d_1/Relu` gives `conv2d_1_relu`; `op` when the tensor's name says nothing.
 * The result is [a-z][a-z0-9_]*, at most 32 characters.
 */
export function shortName(tensor: string, op: string): string {
  let name = layerName(ownPart(tensor, op));
  while (name.length > longest && name.includes('_')) name = name.slice(name.indexOf('_') + 1);
  name = name.slice(0, longest);
  if (/^[a-z]/.test(name)) return name;
  return name ? `${op}_${name}`.slice(0, longest) : op;
}

/** Hands out node names, each once. */
export class Names {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();

  /** `name`, or `name_2`, `name_3`, ... */
  unique(name: string): string {
    let free = name;
    for (let i = this.#next.get(name) ?? 2; this.#taken.has(free); i++) {
      free = `${name}_${i}`;
      this.#next.set(name, i + 1);
    }
    this.#taken.add(free);
    return free;
  }
}
