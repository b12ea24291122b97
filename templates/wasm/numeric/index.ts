/** The heavy loops of calibration and pruning. Pointers are byte offsets into the exported memory, chosen by the caller. */
export { bound, gate, round } from './bounds';
export { gemm } from './gemm';
export { gram } from './gram';
export { depthwise, patches } from './patches';
export { columnSums, depthwiseGradient, scatter } from './gradients';
export { cholesky, gather, invert, substitute } from './dense';
export { eliminate } from './obs';

/** First byte that the caller may use. */
export function base(): usize {
  return __heap_base;
}
