import { elements, type Graph } from '../../src/ir/graph.js';
import { random } from '../../src/support/rng.js';
import { f32, net } from '../support/net.js';

/** Convolutions whose channels differ a hundredfold: a depthwise one between two others, and a classifier. */
export function uneven(): { graph: Graph; normal: () => number } {
  const next = random(7);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const n = net();
  const channels = 8;
  const constant = (shape: readonly number[], value: (i: number) => number) =>
    n.add({ ...f32(shape), data: Float32Array.from({ length: elements(shape) }, (_, i) => value(i)) });
  const spread = (c: number) => 10 ** ((2 * c) / (channels - 1) - 1);
  const x = n.add(f32([1, 6, 6, 3]));
  const same = { stride: [1, 1], dilation: [1, 1], pad: [1, 1, 1, 1], act: 'relu' } as const;
  const shape = [1, 6, 6, channels];
  const first = constant([channels, 3, 3, 3], (i) => 0.3 * normal() * spread(Math.floor(i / 27)));
  const a = n.node('conv2d', { ...same, groups: 1 }, [x, first, constant([channels], () => 0.1)], f32(shape));
  const each = constant([1, 3, 3, channels], () => 0.4 * normal());
  const b = n.node(
    'depthwise_conv2d',
    { ...same, multiplier: 1 },
    [a, each, constant([channels], () => 0)],
    f32(shape),
  );
  const mix = constant([channels, 1, 1, channels], (i) => normal() / spread(i % channels));
  const pointwise = { ...same, pad: [0, 0, 0, 0], groups: 1 } as const;
  const c = n.node('conv2d', pointwise, [b, mix, constant([channels], () => 0.05)], f32(shape));
  const mean = n.node('mean', { axes: [1, 2], keepDims: false }, [c], f32([1, channels]));
  const last = constant([4, channels], normal);
  const d = n.node('fully_connected', { act: 'none' }, [mean, last, constant([4], () => 0)], f32([1, 4]));
  return { graph: n.graph(n.node('softmax', { beta: 1 }, [d], f32([1, 4]))), normal };
}
