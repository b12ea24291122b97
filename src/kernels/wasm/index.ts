/** The kernels of WebAssembly: functions of templates/wasm/kernels. */
import type { Kernel } from '../kernel.js';
import { blockKernels } from './blocks.js';
import { conv2dSimd } from './conv-s8.js';
import { addSimd, fullyConnectedSimd } from './dense-s8.js';
import { depthwiseKernels } from './depthwise-s8.js';
import { floatSimd } from './float.js';
import { listKernels } from './list.js';
import { onePixelSimd } from './one-pixel.js';
import { planeKernels } from './planes.js';
import { poolSimd } from './pool.js';
import { portedKernels } from './ported.js';

export const wasmKernels: readonly Kernel[] = [
  ...portedKernels,
  conv2dSimd,
  ...depthwiseKernels,
  fullyConnectedSimd,
  ...addSimd,
  ...floatSimd,
  ...onePixelSimd,
  ...poolSimd,
  ...listKernels,
  ...planeKernels,
  ...blockKernels,
];
