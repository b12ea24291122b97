// A graph as a TensorFlow Lite file: the operators of image networks, f32 and int8, zeros of f32 weights left out on request.
// Source: tensorflow/compiler/mlir/lite/schema/schema.fbs, version 3.
import { flatbuffer } from './flatbuffer.mjs';

const types = { f32: 0, s32: 2, s8: 9 };
const acts = { none: 0, relu: 1, relu_n1_to_1: 2, relu6: 3 };
const [SAME, VALID] = [0, 1];

/** Codes of operators and the versions that take int8. */
const codes = {
  ADD: [0, 2],
  AVERAGE_POOL_2D: [1, 2],
  CONV_2D: [3, 3],
  DEPTHWISE_CONV_2D: [4, 3],
  FULLY_CONNECTED: [9, 4],
  RESHAPE: [22, 1],
  SOFTMAX: [25, 2],
  PAD: [34, 2],
  MEAN: [40, 2],
  DENSIFY: [124, 1],
};

/** Border before and after, as TensorFlow's SAME: what is odd goes after. */
function same(size, taps, stride) {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + taps - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Tensors and operators of a file while a graph is written. */
class File {
  tensors = [];
  operators = [];
  kinds = [];

  constructor(graph, sparse) {
    this.graph = graph;
    this.sparse = sparse;
    graph.tensors.forEach((t) => {
      this.tensor(t);
    });
  }

  tensor(t) {
    return this.tensors.push(t) - 1;
  }

  /** A constant list of whole numbers. */
  numbers(name, shape, data) {
    return this.tensor({ name, shape, type: 's32', data: Int32Array.from(data) });
  }

  /** An operator; options are [tag of the table in the union BuiltinOptions, its fields]. */
  op(kind, inputs, outputs, options) {
    if (!this.kinds.includes(kind)) this.kinds.push(kind);
    this.operators.push({
      0: ['i32', this.kinds.indexOf(kind)],
      1: ['i32s', inputs],
      2: ['i32s', outputs],
      ...(options && { 3: ['i8', options[0]], 4: ['table', options[1]] }),
    });
  }

  /** The input of a window with its border, and the padding scheme: what SAME does not say is an operator of its own. */
  padded(node, taps) {
    const [id] = node.in;
    const t = this.graph.tensors[id];
    const { pad, stride } = node.attr;
    if (pad.every((n) => n === 0)) return [id, VALID];
    if (`${[0, 1].flatMap((k) => same(t.shape[1 + k], taps[k], stride[k]))}` === `${pad}`) return [id, SAME];
    if (node.op === 'average_pool2d') throw new Error(`${node.name}: a mean counts no border`);
    const [n, h, w, c] = t.shape;
    const shape = [n, h + pad[0] + pad[1], w + pad[2] + pad[3], c];
    const out = this.tensor({ ...t, name: `${node.name}/padded`, shape });
    const border = this.numbers(`${node.name}/border`, [4, 2], [0, 0, ...pad, 0, 0]);
    this.op('PAD', [id, border], [out], [22, {}]);
    return [out, VALID];
  }

  /** Weights as an operand: dense, or their zeros left out and put back by an operator that engines know how to skip. */
  weights(id) {
    const t = this.tensors[id];
    const isPointwise = t.shape.length === 4 && t.shape[1] * t.shape[2] === 1;
    if (!this.sparse || !isPointwise || t.type !== 'f32' || !t.data.includes(0)) return id;
    const stored = this.tensor({ ...t, name: `${t.name}/sparse`, isSparse: true });
    this.tensors[id] = { ...t, data: undefined };
    this.op('DENSIFY', [stored], [id], [99, {}]);
    return id;
  }

  /** The whole picture's mean, which engines know in any layout; else the pool as it is. */
  pool(node) {
    const { filter, stride, act } = node.attr;
    const [x, y] = [this.graph.tensors[node.in[0]], node.out[0]];
    if (this.sparse && `${filter}` === `${x.shape.slice(1, 3)}` && act === 'none') {
      const axes = this.numbers(`${node.name}/axes`, [2], [1, 2]);
      return this.op('MEAN', [node.in[0], axes], [y], [27, { 0: ['i8', 1] }]);
    }
    const [id, scheme] = this.padded(node, filter);
    const sizes = [scheme, stride[1], stride[0], filter[1], filter[0]].map((v, i) => [i ? 'i32' : 'i8', v]);
    return this.op('AVERAGE_POOL_2D', [id], [y], [5, { ...sizes, 5: ['i8', acts[act]] }]);
  }

  /** CONV_2D, or DEPTHWISE_CONV_2D, which also states its multiplier. */
  conv(kind, tag, node) {
    const { stride, dilation, act, multiplier, groups = 1, border } = node.attr;
    if (`${dilation}` !== '1,1' || groups !== 1 || border) throw new Error(`${node.name} is not written`);
    const [id, scheme] = this.padded(node, this.graph.tensors[node.in[1]].shape.slice(1, 3));
    const weights = this.weights(node.in[1]);
    const rest = [...(multiplier ? [['i32', multiplier]] : []), ['i8', acts[act]]];
    const fields = [['i8', scheme], ['i32', stride[1]], ['i32', stride[0]], ...rest];
    this.op(kind, [id, weights, ...node.in.slice(2)], node.out, [tag, { ...fields }]);
  }
}

const act = (node) => ({ 0: ['i8', acts[node.attr.act]] });

const writers = {
  conv2d: (file, node) => file.conv('CONV_2D', 1, node),
  depthwise_conv2d: (file, node) => file.conv('DEPTHWISE_CONV_2D', 2, node),
  average_pool2d: (file, node) => file.pool(node),
  fully_connected: (file, node) => file.op('FULLY_CONNECTED', node.in, node.out, [8, act(node)]),
  softmax: (file, node) => file.op('SOFTMAX', node.in, node.out, [9, { 0: ['f32', node.attr.beta] }]),
  add: (file, node) => file.op('ADD', node.in, node.out, [11, act(node)]),
  reshape(file, node) {
    const { shape } = file.graph.tensors[node.out[0]];
    const wanted = file.numbers(`${node.name}/shape`, [shape.length], shape);
    file.op('RESHAPE', [node.in[0], wanted], node.out, [17, { 0: ['i32s', shape] }]);
  },
  mean(file, node) {
    const axes = file.numbers(`${node.name}/axes`, [node.attr.axes.length], node.attr.axes);
    file.op('MEAN', [node.in[0], axes], node.out, [27, { 0: ['i8', Number(node.attr.keepDims)] }]);
  },
};

/** Rows of a matrix [channels, depth] without their zeros: how many stand before each, the columns, and the values. */
function compressed({ shape, data }) {
  const depth = shape.at(-1);
  const kept = Array.from(data.keys()).filter((i) => data[i] !== 0);
  const segments = new Array(shape[0] + 1).fill(0);
  for (const i of kept) segments[1 + Math.floor(i / depth)]++;
  segments.forEach((n, row) => {
    if (row) segments[row] = segments[row - 1] + n;
  });
  return { segments, columns: kept.map((i) => i % depth), values: data.filter((v) => v !== 0) };
}

/** SparsityParameters of [channels, 1, 1, depth]: all axes dense but the last. */
function sparsity({ shape }, { segments, columns }) {
  const dense = (size) => ({ 0: ['i8', 0], 1: ['i32', size] });
  const int32 = (values) => ['table', { 0: ['i32s', values] }];
  const rows = { 0: ['i8', 1], 2: ['i8', 1], 3: int32(segments), 4: ['i8', 1], 5: int32(columns) };
  return { 0: ['i32s', [0, 1, 2, 3]], 2: ['tables', [...shape.slice(0, -1).map(dense), rows]] };
}

const quantisation = ({ scale, zero, axis = 0 }) => ({ 2: ['f32s', scale], 3: ['i64s', zero], 6: ['i32', axis] });
const raw = (data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** A tensor's table and its buffer's. */
function tables(t, index) {
  const rows = t.isSparse && compressed(t);
  const data = rows ? rows.values : t.data;
  const about = {
    0: ['i32s', t.shape],
    1: ['i8', types[t.type]],
    2: ['i32', data ? 1 + index : 0],
    3: ['string', t.name],
    ...(t.quant && { 4: ['table', quantisation(t.quant)] }),
    ...(rows && { 6: ['table', sparsity(t, rows)] }),
  };
  return { about, buffer: data ? { 0: ['bytes', raw(data)] } : {} };
}

/** Biases of an int8 layer say what they mean: the product of the scales of input and weights. */
function withBiasScales(graph) {
  const tensors = [...graph.tensors];
  for (const { in: ids } of graph.nodes) {
    const [x, w, b] = ids.map((id) => tensors[id]);
    if (b?.type !== 's32') continue;
    const scale = w.quant.scale.map((s) => Math.fround(s * x.quant.scale[0]));
    tensors[ids[2]] = { ...b, quant: { scale, zero: scale.map(() => 0), axis: 0 } };
  }
  return { ...graph, tensors };
}

/**
 * The bytes of a `.tflite` file.
 * @param sparse zeros of f32 1x1 convolutions are left out, a DENSIFY before each puts them back
 */
export function writeTflite(graph, { sparse = false } = {}) {
  const file = new File(withBiasScales(graph), sparse);
  for (const node of graph.nodes) {
    const write = writers[node.op];
    if (!write) throw new Error(`${node.op} is not written for TensorFlow Lite here`);
    write(file, node);
  }
  const all = file.tensors.map(tables);
  const subgraph = {
    0: ['tables', all.map((t) => t.about)],
    1: ['i32s', graph.inputs],
    2: ['i32s', graph.outputs],
    3: ['tables', file.operators],
  };
  const code = (kind) => ({ 0: ['i8', codes[kind][0]], 2: ['i32', codes[kind][1]], 3: ['i32', codes[kind][0]] });
  return flatbuffer(
    {
      0: ['i32', 3],
      1: ['tables', file.kinds.map(code)],
      2: ['tables', [subgraph]],
      4: ['tables', [{}, ...all.map((t) => t.buffer)]],
    },
    'TFL3',
  );
}
