/** The library: all that the command does. */
export { type Compiled, type CompileOptions, compile, compileBytes } from './compile.js';
export type { Files } from './emit/files.js';
export { importModel } from './importers/index.js';
export { type Inspection, inspect, inspectGraph } from './inspect.js';
export type { Graph, Node, Tensor, TensorData } from './ir/graph.js';
export type { Target } from './kernels/kernel.js';
export { execute, prepare } from './ops/execute.js';
export { simplify } from './passes/index.js';
export type { Plan } from './plan/plan.js';
export { loadTarget, targetNames } from './plan/target.js';
export { loadReport } from './report/load.js';
export type { Report } from './report/report.js';
export { writeFolder } from './support/output.js';
export { Problem } from './support/problem.js';
export type { Progress } from './support/progress.js';
export { type Bench, benchHost } from './verify/bench.js';
export { runHost } from './verify/run.js';
export { type Verification, verifyHost } from './verify/verify.js';
