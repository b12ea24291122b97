import { layerArrays, type Plan, planCalls } from '../../plan/plan.js';
import { arrayText, layerText } from '../layer.js';
import { callTitle, layerName } from './run.js';

/** All weight arrays and layer descriptions, grouped by layer, each array once. */
export function constantsText(plan: Plan): string {
  const printed = new Set<string>();
  const once = (name: string, text: () => string): string[] => {
    if (printed.has(name)) return [];
    printed.add(name);
    return [text()];
  };
  return planCalls(plan)
    .flatMap((call) => {
      const inputs = call.inputs.flatMap((ref) => ('array' in ref ? [ref.array] : []));
      const arrays = [...inputs, ...layerArrays(call.layer)].flatMap((a) => once(a.name, () => arrayText(a)));
      return [`/* ${callTitle(call)} */`, ...arrays, layerText(call.layer, layerName(call))];
    })
    .join('\n\n');
}
