import { toReference } from 'flatbuffers/js/flexbuffers.js';
import type { Operator } from './operator.js';

/** A whole number or a flag (as 0 or 1) by name; undefined where the bytes hold none. The package checks no offsets. */
function value(bytes: ArrayBuffer, key: string): number | undefined {
  try {
    const map = toReference(bytes);
    if (!map.isMap()) return undefined;
    // Its declarations forget that maps are read by name.
    const found = map.get(key as unknown as number);
    if (found.isBool()) return found.boolValue() ? 1 : 0;
    const number = found.isInt() ? Number(found.intValue()) : Number.NaN;
    return Number.isSafeInteger(number) ? number : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A whole number of the options that a custom operator has as a flexbuffer.
 * @throws Problem `tflite-corrupt`
 */
export function flexOption(op: Operator, key: string): number {
  const found = value(Uint8Array.from(op.customOptions).buffer, key);
  if (found === undefined) throw op.problem('tflite-corrupt', `its options hold no whole number "${key}"`);
  return found;
}
