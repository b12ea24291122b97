/** Scales and activations that give a case's integer parameters back. */
import type { Activation, TensorData, TensorId } from '../../../src/ir/graph.js';
import { type Net, quant, type Spec } from '../net.js';
import { type CaseData, NotCovered } from './file.js';

/** The real factor of a multiplier and shift: as a scale, TFLite's preparation turns it into both again. */
export const real = (multiplier: number, shift: number): number => multiplier * 2 ** (shift - 31);

/** Factor per output channel. */
export function channelScales(c: CaseData): number[] {
  const shift = c.array('output_shift');
  return Array.from(c.array('output_mult'), (m, i) => real(m, shift[i]!));
}

/** Zero points are stored as negated offsets of the inputs. */
export const inputZero = (c: CaseData, name = 'INPUT_OFFSET'): number => -c.number(name);

/** Stored bounds of the output. */
const bounds = (c: CaseData): [number, number] => [
  c.number('OUT_ACTIVATION_MIN', 'ACTIVATION_MIN'),
  c.number('OUT_ACTIVATION_MAX', 'ACTIVATION_MAX'),
];

/**
 * Clamps an s8 (or s16) tensor to the case's bounds. No fused activation has arbitrary bounds; but the same bytes read with the
 * lower bound as zero point are clamped to them by relu6 at the right scale. The reshape changes how they are read.
 */
export function clampS8(n: Net, c: CaseData, x: TensorId, length: number, wide = false): TensorId {
  const [least, most] = bounds(c);
  const type = wide ? 's16' : 's8';
  if (least <= (wide ? -32768 : -128) && most >= (wide ? 32767 : 127)) return x;
  const spec: Spec = { type, shape: [length], quant: quant(6 / (most - least), least) };
  return n.node('relu', { act: 'relu6' }, [n.node('reshape', {}, [x], spec)], spec);
}

/** The fused activation of a float case; 'none' where the bounds touch no value. */
export function activationF32(c: CaseData, expected: TensorData): Activation {
  const [least, most] = bounds(c);
  const key = `${least},${most}`;
  const known: Readonly<Record<string, Activation>> = { '0,6': 'relu6', '-1,1': 'relu_n1_to_1' };
  if (known[key]) return known[key];
  if (expected.every((v) => v > least && v < most)) return 'none';
  throw new NotCovered(`no fused activation clamps floats to [${key}]`);
}
