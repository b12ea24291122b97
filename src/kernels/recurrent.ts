import type { NodeOf } from '../ir/graph.js';
import { zeroPoint } from '../ops/quantised.js';
import { sizesOf } from '../ops/recurrent/cells.js';
import { gruParams, type LstmParams, lstmParams } from '../ops/recurrent/params.js';
import type { Multiplier } from '../support/fixed.js';
import { tanhScale } from '../support/sigmoid16.js';
import type { Field, Kernel, Layer, Site } from './kernel.js';
import { siteArray, storedShift, sumWeights } from './pack.js';

type Cell = NodeOf<'lstm'> | NodeOf<'gru'>;

/** Does the cell go on from a state of the caller's? */
const isStateful = (site: Site): boolean => site.node.out.length > 1;

function sizes(site: Site): Field[] {
  const { batch, steps, inputs, units } = sizesOf(site.inputs);
  const { reverse, last } = (site.node as Cell).attr;
  return [
    { comment: 'batch, steps, inputs, units', values: [batch, steps, inputs, units] },
    { comment: 'backwards, only the last step', values: [reverse ? 1 : 0, last ? 1 : 0] },
  ];
}

const array = (site: Site, role: string, index: number, type: 'float' | 'int8_t'): Field => ({
  comment: role,
  values: [siteArray(site, role, type, site.inputs[index]!.data!, `[${site.inputs[index]!.shape}]`)],
});

const floats = (site: Site): Field[] => [
  array(site, 'weights', 1, 'float'),
  array(site, 'recurrent', 2, 'float'),
  array(site, 'bias', 3, 'float'),
  ...sizes(site),
];

/** Instructions of all steps. */
const cost =
  (perMac: number, perUnit: number) =>
  ({ inputs: [x, w, r] }: Site) => {
    const steps = x!.shape[0]! * x!.shape[1]!;
    const macs = w!.data!.length + r!.data!.length;
    return { instructions: steps * (perMac * macs + perUnit * r!.shape[2]!) };
  };

const unitsOf = (site: Site): number => site.inputs[2]!.shape[2]!;

function lstmF32(site: Site): Layer {
  const { hardSlope, cellClip } = (site.node as NodeOf<'lstm'>).attr;
  const ends: Field[] = [
    { comment: 'slope of the gates, 0: logistic', values: [hardSlope] },
    { comment: 'bound of the cell state', values: [cellClip || Number.POSITIVE_INFINITY] },
  ];
  return { struct: 'nn_lstm_f32_layer', fields: [...floats(site), ...ends] };
}

function gruF32(site: Site): Layer {
  const { hardSlope, resetAfter } = (site.node as NodeOf<'gru'>).attr;
  const ends: Field[] = [
    { comment: 'reset after the product', values: [resetAfter ? 1 : 0] },
    { comment: 'slope of the gates, 0: logistic', values: [hardSlope] },
  ];
  return { struct: 'nn_gru_f32_layer', fields: [...floats(site), ...ends] };
}

/**
 * Biases of the input's part and of the state's, [2][gates][units], less zero points times sums of weights. An lstm has none of
 * the state's part.
 */
function biases(site: Site): number[] {
  const [x, w, r, b] = site.inputs;
  const { units } = sizesOf(site.inputs);
  const rows = w!.shape[0]! * units;
  const folded = (weights: ArrayLike<number>, zero: number): number[] =>
    sumWeights(weights, rows, (i) => Math.floor(i / (weights.length / rows))).map((sum) => -zero * sum);
  const both = [...folded(w!.data!, zeroPoint(x!)), ...folded(r!.data!, zeroPoint(site.output))];
  return both.map((v, i) => (v + (b!.data![i] ?? 0)) | 0);
}

const stored = ({ multiplier, shift }: Multiplier): number[] => [multiplier, storedShift(shift)];

/** Arrays of a stored cell: weights, biases, what brings sums to Q3.12. */
function gateFields(site: Site, { input, state }: Pick<LstmParams, 'input' | 'state'>): Field[] {
  const gates = input.flatMap((m, i) => [...stored(m), ...stored(state[i]!)]);
  const count = input.length;
  return [
    array(site, 'weights', 1, 'int8_t'),
    array(site, 'recurrent', 2, 'int8_t'),
    { comment: 'biases', values: [siteArray(site, 'bias', 'int32_t', biases(site), `[2][${count} gates][units]`)] },
    {
      comment: 'gates',
      values: [siteArray(site, 'gates', 'int32_t', gates, `[${count} gates][multiplier, shift; of the state]`)],
    },
    ...sizes(site),
  ];
}

function lstmS8(site: Site): Layer {
  const node = site.node as NodeOf<'lstm'>;
  const [x, w, r] = site.inputs;
  const p = lstmParams(node, x!, w!, r!, site.output);
  const tanh = tanhScale(node.attr.cellPower);
  return {
    struct: 'nn_lstm_s8_layer',
    fields: [
      ...gateFields(site, p),
      { comment: 'forget gate * cell -> cell', values: stored(p.forget) },
      { comment: 'input gate * new value -> cell', values: stored(p.fresh) },
      {
        comment: 'output gate * tanh -> output, its zero point',
        values: [...stored(p.output), zeroPoint(site.output)],
      },
      { comment: 'cell -> steps of the table', values: [tanh.multiplier, tanh.shift] },
      { comment: 'bound of the cell state', values: [node.attr.cellClip || 32767] },
    ],
  };
}

function gruS8(site: Site): Layer {
  const [x, w, r] = site.inputs;
  const p = gruParams(x!, w!, r!, site.output);
  return {
    struct: 'nn_gru_s8_layer',
    fields: [
      ...gateFields(site, p),
      { comment: 'reset after the product', values: [(site.node as NodeOf<'gru'>).attr.resetAfter ? 1 : 0] },
      { comment: 'state -> output, its zero point', values: [...stored(p.output), zeroPoint(site.output)] },
    ],
  };
}

/** A kernel from zeros and one from a state, which share their layer. */
function pair(
  op: 'lstm' | 'gru',
  type: 'f32' | 's8',
  row: Pick<Kernel, 'layer' | 'cost'>,
  scratch: readonly [fromZeros: number, fromState: number],
): Kernel[] {
  const base = { file: `nn_${op}_${type}.h`, op, needs: [], ...row } as const;
  const fits = (state: boolean) => (site: Site) => site.inputs[0]!.type === type && isStateful(site) === state;
  return [
    { ...base, symbol: `nn_${op}_${type}`, fits: fits(false), scratch: (site) => scratch[0] * unitsOf(site) },
    { ...base, symbol: `nn_${op}_state_${type}`, fits: fits(true), scratch: (site) => scratch[1] * unitsOf(site) },
  ];
}

/** Layers that go through a sequence step by step. */
export const recurrent: readonly Kernel[] = [
  ...pair('lstm', 'f32', { layer: lstmF32, cost: cost(7, 700) }, [24, 16]),
  ...pair('lstm', 's8', { layer: lstmS8, cost: cost(5, 300) }, [11, 8]),
  ...pair('gru', 'f32', { layer: gruF32, cost: cost(7, 500) }, [16, 12]),
  ...pair('gru', 's8', { layer: gruS8, cost: cost(5, 300) }, [7, 5]),
];
