/** The kernels of WebAssembly: functions of templates/wasm/kernels. */
import type { Kernel } from '../kernel.js';
import { conv2dSimd } from './conv-s8.js';
import { portedKernels } from './ported.js';

export const wasmKernels: readonly Kernel[] = [...portedKernels, conv2dSimd];
