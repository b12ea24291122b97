/** The kernels of WebAssembly: functions of templates/wasm/kernels. */
import type { Kernel } from '../kernel.js';
import { portedKernels } from './ported.js';

export const wasmKernels: readonly Kernel[] = [...portedKernels];
