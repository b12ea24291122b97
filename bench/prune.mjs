// Magnitude pruning of whole graphs: for counts, which depend on weights only through their zeros.

/** [channels][depth] weights with the blocks of least magnitude set to 0. */
function pruned(weights, channels, [rows, columns], sparsity) {
  const depth = weights.length / channels;
  const blocks = new Map();
  for (let i = 0; i < weights.length; i++) {
    const key = `${Math.floor(i / depth / rows)},${Math.floor((i % depth) / columns)}`;
    if (!blocks.has(key)) blocks.set(key, { energy: 0, at: [] });
    const block = blocks.get(key);
    block.energy += weights[i] ** 2;
    block.at.push(i);
  }
  const sorted = [...blocks.values()].sort((a, b) => a.energy - b.energy);
  const result = weights.slice();
  for (const { at } of sorted.slice(0, Math.round(sparsity * sorted.length))) for (const i of at) result[i] = 0;
  return result;
}

/**
 * Every convolution and fully connected layer pruned; depthwise ones stay, as the first layer does with few inputs, unless
 * `all` is set.
 */
export function prunedGraph(graph, pattern, sparsity, all = false) {
  const tensors = [...graph.tensors];
  for (const node of graph.nodes) {
    const id = node.in[1];
    if (all && node.op === 'depthwise_conv2d')
      tensors[id] = { ...tensors[id], data: pruned(tensors[id].data, 1, [1, 1], sparsity) };
    if (node.op !== 'conv2d' && node.op !== 'fully_connected') continue;
    const t = tensors[id];
    if (!all && node.op === 'conv2d' && t.shape[3] < 4) continue;
    const data = pruned(t.data, t.shape[0], pattern, sparsity);
    tensors[id] = { ...t, data };
    // A channel without weights becomes its zero point, as pruning leaves it: padding then sees no constant beside it.
    const bias = tensors[node.in[2]];
    const depth = data.length / t.shape[0];
    const alive = (_, o) => data.subarray(o * depth, (o + 1) * depth).some((w) => w !== 0);
    tensors[node.in[2]] = { ...bias, data: bias.data.map((b, o) => (alive(b, o) ? b : 0)) };
  }
  return { ...graph, tensors };
}

/** Of every `m` weights of a channel only the `n` greatest stay, in the layers that prunedGraph prunes. */
export function thinnedGraph(graph, n, m) {
  const tensors = [...graph.tensors];
  for (const node of graph.nodes) {
    const w = tensors[node.in[1]];
    if (node.op !== 'fully_connected' && !(node.op === 'conv2d' && w.shape[3] >= 4)) continue;
    const depth = w.data.length / w.shape[0];
    const data = w.data.slice();
    for (let row = 0; row < data.length; row += depth)
      for (let from = row; from < row + depth; from += m) {
        const places = Array.from({ length: Math.min(m, row + depth - from) }, (_, i) => from + i);
        const byMagnitude = places.sort((a, b) => Math.abs(w.data[b]) - Math.abs(w.data[a]));
        for (const i of byMagnitude.slice(n)) data[i] = 0;
      }
    tensors[node.in[1]] = { ...w, data };
  }
  return { ...graph, tensors };
}

/** The second half of the channels of every convolution set to 0, so that simplification takes them out of the model. */
export function halvedGraph(graph) {
  const tensors = [...graph.tensors];
  for (const node of graph.nodes) {
    if (node.op !== 'conv2d' && node.op !== 'depthwise_conv2d') continue;
    const [w, b] = [tensors[node.in[1]], tensors[node.in[2]]];
    const channels = b.data.length;
    const isKept = (c) => c < channels / 2;
    const depth = w.data.length / channels;
    const channelOf = (i) => (node.op === 'conv2d' ? Math.floor(i / depth) : i % channels);
    tensors[node.in[1]] = { ...w, data: w.data.map((v, i) => (isKept(channelOf(i)) ? v : 0)) };
    tensors[node.in[2]] = { ...b, data: b.data.map((v, c) => (isKept(c) ? v : 0)) };
  }
  return { ...graph, tensors };
}
