// Single layers with random weights, many of which are 0: what kernels cost there, apart from any model.

/** Sizes with names; `fully connected` where there is no window. */
export const layers = {
  '1x1, 64 -> 64, 25x5': { image: [1, 25, 5, 64], filter: [64, 1, 1, 64], pad: 0 },
  '3x3, 16 -> 16, 32x32': { image: [1, 32, 32, 16], filter: [16, 3, 3, 16], pad: 1 },
  '3x3, 64 -> 64, 8x8': { image: [1, 8, 8, 64], filter: [64, 3, 3, 64], pad: 1 },
  'fully connected, 640 -> 128': { image: [1, 640], filter: [128, 640] },
};

/** Others, from which prices are told apart. */
export const moreLayers = {
  '1x1, 16 -> 24, 6x7': { image: [1, 6, 7, 16], filter: [24, 1, 1, 16], pad: 0 },
  '1x1, 128 -> 40, 3x3': { image: [1, 3, 3, 128], filter: [40, 1, 1, 128], pad: 0 },
  '3x3, 8 -> 12, 9x9': { image: [1, 9, 9, 8], filter: [12, 3, 3, 8], pad: 1 },
  'fully connected, 100 -> 70': { image: [1, 100], filter: [70, 100] },
  'fully connected, 8 -> 200': { image: [1, 8], filter: [200, 8] },
};

/** Numbers from 0 to below 1, the same every time. */
export function generator(seed = 1) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

/** Of every group of `m` weights all but `n` go. */
function outOfGroups(rows, depth, n, m, next) {
  const gone = new Uint8Array(rows * depth);
  for (let row = 0; row < rows; row++)
    for (let from = 0; from < depth; from += m) {
      const places = Array.from({ length: Math.min(m, depth - from) }, (_, i) => [next(), row * depth + from + i]);
      for (const [, i] of places.sort((a, b) => a[0] - b[0]).slice(n)) gone[i] = 1;
    }
  return (i) => gone[i] === 1;
}

function blocks(depth, [height, width], share, next) {
  const gone = new Map();
  return (i) => {
    const key = `${Math.floor(i / depth / height)},${Math.floor((i % depth) / width)}`;
    if (!gone.has(key)) gone.set(key, next() < share);
    return gone.get(key);
  };
}

/**
 * Weights [rows][depth], those that stay spread as trained layers' are.
 * @param pattern `1x1`, `4x8`: blocks go; `2:4`: two of four stay, whatever the share
 */
export function weights(rows, depth, pattern, share) {
  const next = generator();
  const [a, b] = pattern.split(/[x:]/).map(Number);
  const isGone = pattern.includes(':') ? outOfGroups(rows, depth, a, b, next) : blocks(depth, [a, b], share, next);
  return Int8Array.from({ length: rows * depth }, (_, i) => {
    const gone = isGone(i);
    const magnitude = Math.min(127, Math.round(1 - 30 * Math.log(1 - next())));
    return gone ? 0 : next() < 0.5 ? -magnitude : magnitude;
  });
}

const quant = (n, scale, zero = 0) => ({
  scale: new Float32Array(n).fill(scale),
  zero: new Int32Array(n).fill(zero),
  ...(n > 1 && { axis: 0 }),
});

/** An input, and layers of a size that all read it, each with a ReLU and its own zeros. */
export function layerGraph({ image, filter, pad }, variants, type = 's8') {
  const channels = filter[0];
  const depth = filter.slice(1).reduce((a, b) => a * b, 1);
  const isConv = filter.length === 4;
  const activation = (name, shape, scale) =>
    type === 'f32' ? { name, type, shape } : { name, type, shape, quant: quant(1, scale, -128) };
  const tensors = [activation('x', image, 0.05)];
  const nodes = variants.map(([pattern, share], i) => {
    const data = weights(channels, depth, pattern, share);
    const bias = { name: `b${i}`, shape: [channels] };
    const id = tensors.length;
    tensors.push(
      type === 'f32'
        ? { name: `w${i}`, type, shape: filter, data: Float32Array.from(data, (w) => w / 100) }
        : { name: `w${i}`, type, shape: filter, data, quant: quant(isConv ? channels : 1, 0.004) },
      type === 'f32'
        ? { ...bias, type, data: new Float32Array(channels).fill(1) }
        : { ...bias, type: 's32', data: new Int32Array(channels).fill(100) },
      activation(`y${i}`, isConv ? [...image.slice(0, 3), channels] : [1, channels], 0.1),
    );
    const window = isConv && { stride: [1, 1], dilation: [1, 1], pad: [pad, pad, pad, pad], groups: 1 };
    const op = isConv ? 'conv2d' : 'fully_connected';
    return { op, name: `n${i}`, in: [0, id, id + 1], out: [id + 2], attr: { ...window, act: 'relu' }, from: `n${i}` };
  });
  return { name: 'g', tensors, nodes, inputs: [0], outputs: nodes.map((n) => n.out[0]) };
}

/** The place of a kernel: node `i` of a layerGraph. */
export function siteOf(graph, i = 0) {
  const node = graph.nodes[i];
  const [output] = node.out.map((id) => graph.tensors[id]);
  return { graph, node, inputs: node.in.map((id) => graph.tensors[id]), output, middle: output, prefix: `p${i}` };
}
