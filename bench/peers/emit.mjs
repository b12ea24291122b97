// A model as calls of a peer's functions (peer.h), in a folder that the QEMU engine can build and run.
import { elements } from '../../dist/ir/graph.js';
import { activationRange, addParams, convMultipliers, denseMultipliers, zeroPoint } from '../../dist/ops/quantised.js';

const list = (values) => `{${Array.from(values).join(', ')}}`;
const array = (type, name, values) => `static const ${type} ${name}[] = ${list(values)};`;

/** Members of peer_conv for a convolution, depthwise convolution or fully connected layer. */
function convolution(graph, node, name) {
  const [x, w, b] = node.in.map((id) => graph.tensors[id]);
  const y = graph.tensors[node.out[0]];
  const isDense = node.op === 'fully_connected';
  const outC = y.shape.at(-1);
  const depth = isDense ? w.shape[1] : x.shape[3];
  const rows = elements(x.shape) / depth;
  const { multiplier, shift } = (isDense ? denseMultipliers : convMultipliers)(x, w, y, outC);
  const bias = b ? Array.from(b.data) : new Array(outC).fill(0);
  const sums = bias.map((v, o) =>
    isDense ? v - zeroPoint(x) * w.data.subarray(o * depth, (o + 1) * depth).reduce((s, k) => s + k, 0) : 0,
  );
  const { stride = [1, 1], pad = [0, 0, 0, 0], dilation = [1, 1], act } = node.attr;
  const image = isDense
    ? [rows, 1, 1, depth, 1, 1, outC, 1, 1]
    : [...x.shape, ...y.shape.slice(1), w.shape[1], w.shape[2]];
  const window = [...stride, pad[0], pad[2], ...dilation];
  const range = activationRange(act, y);
  return [
    array('int8_t', `${name}_weights`, w.data),
    array('int32_t', `${name}_bias`, bias),
    array('int32_t', `${name}_multiplier`, multiplier),
    array('int32_t', `${name}_shift`, shift),
    ...(isDense ? [array('int32_t', `${name}_sums`, sums)] : []),
    `static const peer_conv ${name} = {${[...image, ...window, -zeroPoint(x), zeroPoint(y), ...range].join(', ')}, ` +
      `${name}_weights, ${name}_bias, ${name}_multiplier, ${name}_shift, ${isDense ? `${name}_sums` : 'NULL'}};`,
  ];
}

function sum(graph, node, name) {
  const [a, b] = node.in.map((id) => graph.tensors[id]);
  const y = graph.tensors[node.out[0]];
  const p = addParams(a, b, y);
  const numbers = [-zeroPoint(a), p.a.multiplier, p.a.shift, -zeroPoint(b), p.b.multiplier, p.b.shift, p.leftShift];
  const result = [zeroPoint(y), p.y.multiplier, p.y.shift, ...activationRange(node.attr.act, y), elements(y.shape)];
  return [`static const peer_add ${name} = ${list([...numbers, ...result])};`];
}

function pool(graph, node, name) {
  const [x, y] = [graph.tensors[node.in[0]], graph.tensors[node.out[0]]];
  const { filter, stride, pad, act } = node.attr;
  const numbers = [...x.shape.slice(1), ...y.shape.slice(1, 3), ...filter, ...stride, pad[0], pad[2]];
  return [`static const peer_pool ${name} = ${list([...numbers, ...activationRange(act, y)])};`];
}

/** Per op: the peer's function, how many activations it reads, and its constants. */
const calls = {
  conv2d: ['peer_conv2d', 1, convolution],
  depthwise_conv2d: ['peer_depthwise', 1, convolution],
  fully_connected: ['peer_fully_connected', 1, convolution],
  add: ['peer_sum', 2, sum],
  average_pool2d: ['peer_average_pool', 1, pool],
};

/**
 * Files of a folder for the QEMU engine: NAME.c, NAME.h, report.json. Softmax is left out: the result is what it reads.
 * @param header the peer's, included by name
 */
export function peerFolder(graph, name, target, header) {
  const nodes = graph.nodes.filter((n) => n.op !== 'softmax');
  const alias = new Map(nodes.filter((n) => n.op === 'reshape').map((n) => [n.out[0], n.in[0]]));
  const root = (id) => (alias.has(id) ? root(alias.get(id)) : id);
  const layers = nodes.filter((n) => n.op !== 'reshape');
  const bytes = (id) => elements(graph.tensors[id].shape);
  const input = graph.inputs[0];
  const output = root(layers.at(-1).out[0]);
  const inputRoom = 16 * Math.ceil(bytes(input) / 16);
  const address = (id) => (id === input ? 'a' : id === output ? `a + ${inputRoom}` : `t${id}`);
  const buffers = layers.map((n) => n.out[0]).filter((id) => id !== output);
  const constants = layers.flatMap((node, i) => calls[node.op][2](graph, node, `l${i}`));
  const lines = layers.flatMap((node, i) => {
    const [symbol, inputs] = calls[node.op];
    const args = [...node.in.slice(0, inputs).map(root), node.out[0]].map(address);
    return [
      `${symbol}(&l${i}, ${args.join(', ')});`,
      `${name.toUpperCase()}_AFTER_LAYER(${i}, ${args.at(-1)}, ${bytes(node.out[0])});`,
    ];
  });
  const source = `#include <stddef.h>
#include "${name}.h"
#include "${header}"
#ifndef ${name.toUpperCase()}_AFTER_LAYER
#define ${name.toUpperCase()}_AFTER_LAYER(i, p, n) ((void)0)
#endif
${constants.join('\n')}
${buffers.map((id) => `static int8_t t${id}[${bytes(id)}];`).join('\n')}
void ${name}_run(void *arena)
{
    int8_t *const a = (int8_t *)arena;
    ${lines.join('\n    ')}
}
`;
  const port = (id, offset) => ({ name: graph.tensors[id].name, shape: graph.tensors[id].shape, type: 's8', offset });
  const artifact = {
    name,
    arena: inputRoom + bytes(output),
    inputs: [port(input, 0)],
    outputs: [port(output, inputRoom)],
    traced: layers.map((n) => ({ name: n.name, bytes: bytes(n.out[0]) })),
  };
  const report = { target, options: {}, totals: { flash: { weights: 0 } }, artifact };
  return {
    output,
    files: new Map([
      [`${name}.c`, source],
      [`${name}.h`, `#include <stdint.h>\nvoid ${name}_run(void *arena);\n`],
      ['report.json', JSON.stringify(report)],
    ]),
  };
}
