import { Problem } from '../../support/problem.js';
import { isList, isObject, type Json } from './fields.js';

/** A tensor by the layer that makes it: result `tensor` of call `call`. */
export interface CallRef {
  readonly layer: string;
  readonly call: number;
  readonly tensor: number;
}

const mostDepth = 32;

const isRef = (value: readonly Json[]): boolean =>
  value.length >= 3 && typeof value[0] === 'string' && typeof value[1] === 'number' && typeof value[2] === 'number';

const refOf = (value: readonly Json[]): CallRef => ({
  layer: value[0] as string,
  call: value[1] as number,
  tensor: value[2] as number,
});

/** Settings that a call may carry and that change nothing at inference. */
const harmless = new Set(['training', 'name']);

function refuseSettings(settings: Json | undefined, from: string): void {
  if (!isObject(settings)) return;
  const key = Object.keys(settings).find((k) => !harmless.has(k) && settings[k] !== null);
  if (key === undefined) return;
  throw new Problem('keras-call', `is called with "${key.slice(0, 64)}", which is not supported`, from);
}

/** All references in a list, nested or not; numbers and other arguments are refused. */
export function flatRefs(value: Json, from: string, depth = 0): CallRef[] {
  if (depth > mostDepth) throw new Problem('keras-config', 'its inputs are nested too deeply', from);
  if (value === null) return [];
  if (isObject(value)) return keras3Ref(value, from, depth);
  if (!isList(value))
    throw new Problem(
      'keras-call',
      `is called with the constant ${JSON.stringify(value).slice(0, 40)}, which is not supported`,
      from,
    );
  if (isRef(value)) {
    refuseSettings(value[3], from);
    return [refOf(value)];
  }
  return value.flatMap((v) => flatRefs(v, from, depth + 1));
}

function keras3Ref(value: { readonly [key: string]: Json }, from: string, depth: number): CallRef[] {
  const { config } = value;
  if (isObject(config) && isList(config.keras_history) && isRef(config.keras_history))
    return [refOf(config.keras_history)];
  if (value.class_name === undefined) return Object.values(value).flatMap((v) => flatRefs(v, from, depth + 1));
  throw new Problem('keras-call', 'is called with something that is no tensor of the model', from);
}

/** The inputs of each call of a layer: Keras 2 lists them, Keras 3 gives arguments and named arguments. */
export function callsOf(inbound: Json, from: string): CallRef[][] {
  if (!isList(inbound)) return [];
  return inbound.map((node) => {
    if (!isObject(node)) return flatRefs(node, from);
    refuseSettings(node.kwargs, from);
    return flatRefs(node.args ?? null, from);
  });
}
