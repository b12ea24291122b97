/** The library: all that the command does. */
export { type Advice, type AdviseOptions, advise } from './advise/advise.js';
export {
  type BuildOptions,
  type ConvOptions,
  type DepthwiseOptions,
  Network,
  network,
  type WindowOptions,
} from './build/network.js';
export { type Compiled, type CompileOptions, compile, compileBytes, compileGraph, type Origin } from './compile.js';
export {
  type AugmentFunction,
  type Config,
  type DatasetAbout,
  type DatasetFunction,
  defineConfig,
  type Part,
} from './config/config.js';
export { findConfig, loadConfig } from './config/load.js';
export {
  type Dataset,
  type DatasetRequest,
  openDataset,
  shuffledOrder,
  splitDataset,
  subset,
} from './data/dataset.js';
export { readLabels, readSamples } from './data/open.js';
export type { Preprocess } from './data/preprocess.js';
export type { Samples } from './data/samples.js';
export type { Files } from './emit/files.js';
export { exportOnnx } from './export.js';
export { importModel } from './importers/index.js';
export { type Inspection, inspect, inspectGraph } from './inspect.js';
export type { Graph, Node, Tensor, TensorData } from './ir/graph.js';
export type { Target } from './kernels/kernel.js';
export { execute, prepare } from './ops/execute.js';
export { simplify } from './passes/index.js';
export type { Plan } from './plan/plan.js';
export { loadTarget, targetNames } from './plan/target.js';
export { renderReport } from './report/html/page.js';
export { loadReport } from './report/load.js';
export type { Report } from './report/report.js';
export { loadSweep, type Sweep } from './report/sweep.js';
export { type Image, readImage } from './support/images.js';
export { writeNpy } from './support/npy.js';
export { writeFolder } from './support/output.js';
export { Problem } from './support/problem.js';
export type { Progress } from './support/progress.js';
export { type SweepOptions, sweep } from './sweep/sweep.js';
export { type Bench, benchHost } from './verify/bench.js';
export { runFirmware } from './verify/firmware.js';
export { type QemuOptions, verifyQemu } from './verify/qemu.js';
export { benchQemu, type QemuBench } from './verify/qemu-bench.js';
export type { QemuMeasurement } from './verify/qemu-counters.js';
export { runHost, runQemu } from './verify/run.js';
export { type Verification, verifyHost } from './verify/verify.js';
