import type { Pair } from '../../../ir/graph.js';
import { framePadding } from '../../window.js';
import type { LayerRow, LayerRows } from '../layer.js';

const pool =
  (op: 'max_pool2d' | 'average_pool2d', axes: 1 | 2): LayerRow =>
  (call) => {
    call.demandChannelsLast();
    const { fields } = call;
    const sizes = (key: string): Pair => (axes === 2 ? fields.pair(key) : [fields.sizes(key, 1)[0]!, 1]);
    const kernel = fields.has('pool_size') ? sizes('pool_size') : ([2, axes === 2 ? 2 : 1] as const);
    const stride = fields.has('strides') ? sizes('strides') : kernel;
    const [n, ...rest] = call.shape(axes + 2) as [number, ...number[]];
    const x = axes === 2 ? call.x : call.reshape(call.x, [n, rest[0]!, 1, rest[1]!]);
    const pad = framePadding(
      fields.text('padding', 'valid'),
      call.draft.shape(x),
      { kernel, stride, dilation: [1, 1] },
      call.from,
    );
    const y = call.node(op, { filter: kernel, stride, pad, act: 'none' }, [x]);
    const shape = call.draft.shape(y);
    return axes === 2 ? y : call.reshape(y, [shape[0]!, shape[1]!, shape[3]!]);
  };

const globalAverage =
  (axes: 1 | 2): LayerRow =>
  (call) => {
    call.demandChannelsLast();
    call.shape(axes + 2);
    return call.node('mean', { axes: axes === 2 ? [1, 2] : [1], keepDims: call.fields.flag('keepdims', false) }, [
      call.x,
    ]);
  };

/** One window over the whole image. */
const globalMax =
  (axes: 1 | 2): LayerRow =>
  (call) => {
    call.demandChannelsLast();
    const [n, height, ...rest] = call.shape(axes + 2) as [number, number, ...number[]];
    const [width, channels] = axes === 2 ? (rest as [number, number]) : [1, rest[0]!];
    const x = axes === 2 ? call.x : call.reshape(call.x, [n, height, 1, channels]);
    const y = call.node(
      'max_pool2d',
      { filter: [height, width], stride: [height, width], pad: [0, 0, 0, 0], act: 'none' },
      [x],
    );
    const kept = axes === 2 ? [n, 1, 1, channels] : [n, 1, channels];
    return call.reshape(y, call.fields.flag('keepdims', false) ? kept : [n, channels]);
  };

export const pools: LayerRows = {
  MaxPooling1D: pool('max_pool2d', 1),
  MaxPooling2D: pool('max_pool2d', 2),
  MaxPool2D: pool('max_pool2d', 2),
  AveragePooling1D: pool('average_pool2d', 1),
  AveragePooling2D: pool('average_pool2d', 2),
  GlobalAveragePooling1D: globalAverage(1),
  GlobalAveragePooling2D: globalAverage(2),
  GlobalMaxPooling1D: globalMax(1),
  GlobalMaxPooling2D: globalMax(2),
};
