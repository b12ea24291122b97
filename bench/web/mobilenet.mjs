// MobileNetV2 with seeded weights, as training would leave it once its batch normalisation is folded: every channel of a
// layer has mean 0 and deviation 1 before its activation, on seeded pictures. Source: Sandler et al. 2018, table 2.

import { subjectOf } from '../../dist/compress.js';
import { network, simplify } from '../../dist/index.js';
import { runBatch } from '../../dist/ops/float/batch.js';
import { Linear } from '../../dist/support/linear.js';
import { random } from '../../dist/support/rng.js';

/** Rows of the paper's table: expansion, channels, how often, stride of the first. */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];
const classes = 1000;

/** Channels at a width, a multiple of 8. */
const thin = (channels, width) => 8 * Math.max(1, Math.round((channels * width) / 8));

function block(net, expansion, depth, channels, stride) {
  const branch = (x) => {
    const wide = expansion === 1 ? x : x.conv(expansion * depth, 1).relu6();
    return wide.depthwise(3, { stride }).relu6().conv(channels, 1);
  };
  return stride === 1 && depth === channels ? net.residual(branch) : branch(net);
}

/** The float graph with untrained weights. */
function untrained(size, width, seed) {
  let depth = thin(32, width);
  let net = network([size, size, 3]).conv(depth, 3, { stride: 2 }).relu6();
  for (const [expansion, channels, count, stride] of stages)
    for (let i = 0; i < count; i++) {
      net = block(net, expansion, depth, thin(channels, width), i ? 1 : stride);
      depth = thin(channels, width);
    }
  net = net
    .conv(thin(1280, Math.max(1, width)), 1)
    .relu6()
    .averagePool(size / 32)
    .conv(classes, 1)
    .flatten()
    .softmax();
  return simplify(net.build({ seed, name: 'mobilenet' }));
}

/** Pictures with large and small structure, like photographs: grids of chance, enlarged and summed; values from -1 to 1. */
export function pictures(count, size, seed) {
  const next = random(seed);
  const out = new Float32Array(count * size * size * 3);
  for (let i = 0; i < count; i++)
    for (let c = 0; c < 3; c++)
      for (let cells = 2; cells <= size; cells *= 2) {
        const grid = Float32Array.from({ length: (cells + 1) ** 2 }, () => 2 * next() - 1);
        addEnlarged(out, { first: i * size * size * 3 + c, size }, grid, cells, 1.2 / Math.sqrt(cells));
      }
  return out.map((v) => Math.max(-1, Math.min(1, v)));
}

/** Adds a grid of cells + 1 by cells + 1 values, enlarged bilinearly, to one channel of a picture. */
function addEnlarged(out, { first, size }, grid, cells, weight) {
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const [fy, fx] = [(y * cells) / size, (x * cells) / size];
      const [top, left] = [Math.floor(fy), Math.floor(fx)];
      const at = top * (cells + 1) + left;
      const [down, right] = [fy - top, fx - left];
      const above = grid[at] * (1 - right) + grid[at + 1] * right;
      const below = grid[at + cells + 1] * (1 - right) + grid[at + cells + 2] * right;
      out[first + (y * size + x) * 3] += weight * (above * (1 - down) + below * down);
    }
}

/** Mean and deviation of each channel, the last axis. */
function moments(y, channels) {
  const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)];
  for (let i = 0; i < y.length; i++) {
    sums[i % channels] += y[i];
    squares[i % channels] += y[i] * y[i];
  }
  const count = y.length / channels;
  return Array.from(sums, (s, c) => [s / count, Math.sqrt(Math.max(1e-12, squares[c] / count - (s / count) ** 2))]);
}

/** Deviation of the numbers that the last softmax makes shares of: one class stands out. */
const contrast = 3;

/** Weights and biases changed so that each channel has mean 0 and deviation 1 on some inputs. */
async function normalised(graph, inputs, count) {
  const linear = await Linear.load();
  const tensors = [...graph.tensors];
  const values = new Map([[graph.inputs[0], inputs]]);
  const run = (node) =>
    runBatch(
      linear,
      { ...graph, tensors },
      node,
      node.in.map((id) => values.get(id)),
      count,
    );
  for (const node of graph.nodes) {
    const [, w, b] = node.in;
    if (b !== undefined) {
      const y = run({ ...node, attr: { ...node.attr, act: 'none' } });
      const channels = tensors[b].shape[0];
      const isLast = channels === classes;
      const found = moments(y, isLast ? 1 : channels).map(([mean, dev]) => [mean, dev / (isLast ? contrast : 1)]);
      const of = (c) => found[c % found.length];
      const slice = node.op === 'depthwise_conv2d' ? 1 : tensors[w].data.length / channels;
      tensors[w] = { ...tensors[w], data: tensors[w].data.map((v, i) => v / of(Math.floor(i / slice) % channels)[1]) };
      tensors[b] = { ...tensors[b], data: tensors[b].data.map((_, c) => -of(c)[0] / of(c)[1]) };
    }
    values.set(node.out[0], run(node));
  }
  return { ...graph, tensors };
}

/**
 * The float graph, and the same stored as int8.
 * @param samples calibration pictures, [count, size, size, 3]
 */
export async function mobilenet({ size = 224, width = 1, seed = 1 } = {}) {
  const f32 = await normalised(untrained(size, width, seed), pictures(4, size, 2), 4);
  const data = pictures(32, size, 3);
  const each = size * size * 3;
  const samples = { from: 'seeded pictures', count: 32, sample: (i) => [data.slice(i * each, (i + 1) * each)] };
  const { stored } = await subjectOf(f32, samples);
  return { f32, int8: stored, samples };
}
