import { conv2d, conv2dAdd } from './conv2d.js';
import { conv2d1x1, conv2d1x1Add } from './conv2d-1x1.js';
import { depthwiseConv2d, depthwiseConv2dAdd } from './depthwise-conv2d.js';
import { fullyConnected } from './fully-connected.js';
import type { Kernel } from './kernel.js';
import { averagePool2d, maxPool2d } from './pool2d.js';
import { softmax } from './softmax.js';

/** Every function that can be emitted. */
export const kernels: readonly Kernel[] = [
  conv2d,
  conv2dAdd,
  conv2d1x1,
  conv2d1x1Add,
  depthwiseConv2d,
  depthwiseConv2dAdd,
  fullyConnected,
  averagePool2d,
  maxPool2d,
  softmax,
];
