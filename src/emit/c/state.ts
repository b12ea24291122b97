import type { ConstArray, CType } from '../../kernels/kernel.js';
import type { PlacedState, Plan } from '../../plan/plan.js';
import { arrayText } from '../layer.js';
import { cType } from './ports.js';

/** A byte that fills the whole state, where there is one; undefined where an array is needed. */
function filling(plan: Plan, { state }: PlacedState): number | undefined {
  const t = plan.graph.tensors[state.before]!;
  const value = state.initial ? state.initial[0]! : (t.quant?.zero[0] ?? 0);
  if (state.initial && !state.initial.every((v) => Object.is(v, value))) return undefined;
  if (Object.is(value, 0)) return 0;
  return t.type === 's8' || t.type === 'u8' || t.type === 'bool' ? value & 255 : undefined;
}

function arrayOf(plan: Plan, { state, bytes }: PlacedState, index: number): ConstArray {
  const t = plan.graph.tensors[state.before]!;
  const type = cType(t) as CType;
  const width = { int8_t: 1, uint8_t: 1, int16_t: 2, uint16_t: 2, int32_t: 4, uint32_t: 4, float: 4 }[type];
  const values = state.initial ?? new Array<number>(bytes / width).fill(t.quant?.zero[0] ?? 0);
  return { name: `${plan.name}_state_${index}`, type, values, layout: `[${t.shape}] ${state.name}, to begin with` };
}

/** Arrays that states begin with. */
export const stateArrays = (plan: Plan): string[] =>
  plan.state.states.flatMap((s, i) => (filling(plan, s) === undefined ? [arrayText(arrayOf(plan, s, i))] : []));

/** Body of NAME_init. */
export function initText(plan: Plan): string {
  const { states, bytes } = plan.state;
  const isZero = states.every((s) => filling(plan, s) === 0);
  if (isZero) return `    (void)memset(state, 0, ${bytes});`;
  const lines = states.map((s, i) => {
    const value = filling(plan, s);
    return value === undefined
      ? `(void)memcpy(s + ${s.offset}, ${plan.name}_state_${i}, ${s.bytes});`
      : `(void)memset(s + ${s.offset}, ${value}, ${s.bytes});`;
  });
  return ['int8_t *const s = (int8_t *)state;', ...lines].map((line) => `    ${line}`).join('\n');
}
