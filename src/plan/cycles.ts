import type { Target } from '../kernels/kernel.js';
import { arrayBytes, type Call, callInstructions, layerArrays, type Plan, planCalls } from './plan.js';

/**
 * Estimated cycles of one call. Arm's Cortex-M4 manual (DDI 0439) tells the cycles of each instruction; kernels whose loops
 * were counted by it tell their own pace, the others have the target's average. Flash that is slower than the core adds its
 * wait states for every line of constants that a run reads.
 * @param instructions of the call, estimated or counted
 * @param waitStates of flash, per line
 * @returns null where the target has no model of its pipeline
 */
export function callCycles(
  { kernel, site, layer }: Call,
  target: Target,
  instructions: number,
  waitStates: number,
): number | null {
  const { pipeline } = target;
  if (!pipeline) return null;
  const pace = (pipeline.inOrder ? kernel.pace : undefined) ?? pipeline.perInstruction;
  const bytes = layerArrays(layer).reduce((n, a) => n + arrayBytes(a), 0);
  const lines = ((kernel.passes?.(site) ?? 1) * bytes) / pipeline.flashLine;
  return Math.round(instructions * pace + waitStates * lines);
}

/**
 * Cycles of a plan by estimate; instructions where the target has no model of its pipeline.
 * @param scale instructions that were counted over those estimated
 */
export const planCycles = (plan: Plan, waitStates: number, scale = 1): number =>
  planCalls(plan).reduce((n, call) => {
    const instructions = scale * callInstructions(call, plan.target);
    return n + (callCycles(call, plan.target, instructions, waitStates) ?? instructions);
  }, 0);
