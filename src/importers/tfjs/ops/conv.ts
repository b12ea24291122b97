import type { Padding, Pair, Shape, TensorId } from '../../../ir/graph.js';
import { permuted } from '../../permute.js';
import { framePadding, type WindowShape } from '../../window.js';
import type { GraphNode, NodeRow, NodeRows } from '../node.js';
import { fused, normalised } from './fused.js';

/** SAME, VALID, or pixels given for each side of [N,H,W,C]. */
function padding(node: GraphNode, x: Shape, window: WindowShape): Padding {
  const scheme = node.text('padding');
  if (scheme !== 'EXPLICIT') return framePadding(scheme, x, window, node.from);
  const p = node.integers('explicit_paddings');
  if (p.length !== 8 || !p.every((n) => Number.isInteger(n) && n >= 0 && n < 65536))
    throw node.problem('op-attribute', `explicit_paddings [${p}] are not supported`);
  return [p[2]!, p[3]!, p[4]!, p[5]!];
}

interface Conv {
  readonly x: TensorId;
  /** height, width, channels in, channels out (or per channel) */
  readonly kernel: readonly [number, number, number, number];
  readonly attr: { stride: Pair; dilation: Pair; pad: Padding; act: 'none' };
}

function conv(node: GraphNode): Conv {
  node.demandNhwc();
  node.constant(1, 'its kernel');
  const kernel = node.shape(1);
  if (kernel.length !== 4) throw node.problem('op-shape', `its kernel [${kernel}] should have 4 dimensions`);
  const [stride, dilation] = [node.pair('strides', [1, 1]), node.pair('dilations', [1, 1])];
  const window = { kernel: [kernel[0]!, kernel[1]!] as Pair, stride, dilation };
  const attr = { stride, dilation, pad: padding(node, node.image(0), window), act: 'none' } as const;
  return { x: node.input(0), kernel: kernel as unknown as Conv['kernel'], attr };
}

const bias = (id: TensorId | undefined): TensorId[] => (id === undefined ? [] : [id]);

const conv2d: NodeRow = (node) => {
  const { x, kernel, attr } = conv(node);
  const [height, width, depth, filters] = kernel;
  const groups = node.shape(0)[3]! / depth;
  if (!Number.isInteger(groups))
    throw node.problem('op-shape', `kernel [${kernel}] does not fit input [${node.shape(0)}]`);
  const after = fused(node);
  const data = permuted(node.constant(1, 'its kernel'), kernel, [3, 0, 1, 2]);
  const weights = node.weights('kernel', [filters, height, width, depth], data);
  return after.finish(node.node('conv2d', { ...attr, groups }, [x, weights, ...bias(after.bias)]));
};

const depthwise: NodeRow = (node) => {
  const { x, kernel, attr } = conv(node);
  const [height, width, depth, multiplier] = kernel;
  const after = fused(node);
  const weights = node.weights('kernel', [1, height, width, depth * multiplier], node.constant(1, 'its kernel'));
  return after.finish(node.node('depthwise_conv2d', { ...attr, multiplier }, [x, weights, ...bias(after.bias)]));
};

const pool =
  (op: 'max_pool2d' | 'average_pool2d'): NodeRow =>
  (node) => {
    node.demandNhwc();
    const filter = node.pair('ksize', [1, 1]);
    const stride = node.pair('strides', [1, 1]);
    const pad = padding(node, node.image(0), { kernel: filter, stride, dilation: [1, 1] });
    return node.node(op, { filter, stride, pad, act: 'none' }, [node.input(0)]);
  };

const batchNorm: NodeRow = (node) => {
  node.demandNhwc();
  if (node.flag('is_training')) throw node.problem('op-attribute', 'is in training mode');
  return normalised(node, node.input(0), [1, 2, 3, 4], 1e-4);
};

export const convolutions: NodeRows = {
  Conv2D: conv2d,
  _FusedConv2D: conv2d,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2dNative: depthwise,
  MaxPool: pool('max_pool2d'),
  AvgPool: pool('average_pool2d'),
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
};
