/** Functions of two operands with broadcasting, and the choice between two. */
import { type BinaryFn, type DType, elements, type NodeOf, type OpKind, tensorBytes } from '../ir/graph.js';
import { comparisonParams, preluParams, squareParams } from '../ops/binary-function.js';
import { activationRange, addParams, mulParams, subParams, zeroPoint } from '../ops/quantised.js';
import { broadcastFields, fitsBroadcast } from './broadcast.js';
import type { Field, Kernel, Layer, Site } from './kernel.js';
import { rangeField, siteArray, storedShift, sumLayout, sumNumbers } from './pack.js';

const functionOf = (site: Site): BinaryFn | undefined => (site.node as NodeOf<'binary'>).attr.fn;

const comparisons: readonly BinaryFn[] = ['equal', 'not_equal', 'less', 'less_equal', 'greater', 'greater_equal'];

const hasTypes = (site: Site, type: DType): boolean => site.inputs.every((t) => t.type === type) && fitsBroadcast(site);

const plainLayer = (site: Site): Layer => ({ struct: 'nn_broadcast_layer', fields: broadcastFields(site) });

/** Element by element: an operand of the result's own shape may be written over. */
const overlap = (site: Site, index: number): number | null =>
  `${site.inputs[index]!.shape}` === `${site.output.shape}` ? 0 : null;

const perElement = (instructions: number) => (site: Site) => ({
  instructions: instructions * elements(site.output.shape),
});

/** A plain function of one type; what gives other types than it takes stays clear of its operands. */
const row = (fn: BinaryFn, type: DType, file: string, op: OpKind = 'binary'): Kernel => ({
  symbol: `nn_${fn}_${type}`,
  file,
  op,
  needs: [],
  fits: (site) =>
    hasTypes(site, type) && functionOf(site) === fn && (type === 's8' || type === 's16' || !site.inputs[0]!.quant),
  layer: plainLayer,
  ...((type === 'bool' || !comparisons.includes(fn)) && {
    overlap,
  }),
  cost: perElement(type === 'f32' ? 20 : 12),
});

const whole = (op: 'add' | 'sub' | 'mul'): Kernel => ({
  symbol: `nn_${op}_s32`,
  file: 'nn_pair_s32.h',
  op,
  needs: [],
  fits: (site) => hasTypes(site, 's32'),
  layer: plainLayer,
  overlap,
  cost: perElement(10),
});

type Number2 = { readonly multiplier: number; readonly shift: number };
const scale = (comment: string, { multiplier, shift }: Number2): Field => ({
  comment: `${comment}: multiplier, right shift less one`,
  values: [multiplier, storedShift(shift)],
});

const zeros = (site: Site, output: boolean): Field => ({
  comment: `zero points of a, b${output ? ', the output' : ''}`,
  values: [...site.inputs, ...(output ? [site.output] : [])].map(zeroPoint),
});

/** NN_COMPARE_ number, and whether the operands change places. */
const relations: Partial<Record<BinaryFn, readonly [number, number]>> = {
  equal: [0, 0],
  not_equal: [1, 0],
  less: [2, 0],
  less_equal: [3, 0],
  greater: [2, 1],
  greater_equal: [3, 1],
};

function compareLayer(site: Site): Layer {
  const [a, b] = comparisonParams(site.inputs[0]!, site.inputs[1]!);
  return {
    struct: 'nn_compare_s8_layer',
    fields: [
      zeros(site, false),
      scale('a', a),
      scale('b', b),
      { comment: 'relation, operands swapped', values: relations[functionOf(site)!]! },
      ...broadcastFields(site),
    ],
  };
}

function preluLayer(site: Site): Layer {
  const { positive, negative } = preluParams(site.inputs[0]!, site.inputs[1]!, site.output);
  return {
    struct: 'nn_prelu_s8_layer',
    fields: [zeros(site, true), scale('values', positive), scale('products', negative), ...broadcastFields(site)],
  };
}

function squareLayer(site: Site): Layer {
  const { a, b, y } = squareParams(site.inputs[0]!, site.inputs[1]!, site.output);
  return {
    struct: 'nn_squared_difference_s8_layer',
    fields: [zeros(site, true), scale('a', a), scale('b', b), scale('the square', y), ...broadcastFields(site)],
  };
}

const byte = (symbol: string, fns: readonly BinaryFn[], layer: (site: Site) => Layer): Kernel => ({
  symbol,
  file: 'nn_pair_s8.h',
  op: 'binary',
  needs: [],
  fits: (site) => hasTypes(site, 's8') && fns.includes(functionOf(site)!) && site.inputs[0]!.quant !== undefined,
  layer,
  overlap,
  cost: perElement(40),
});

const range16 = (site: Site) => activationRange((site.node as NodeOf<'add'>).attr.act, site.output);

const sumLayer16 =
  (params: typeof addParams) =>
  (site: Site): Layer => {
    const [a, b] = site.inputs;
    const p = params(a!, b!, site.output);
    const numbers = sumNumbers(
      zeroPoint(a!),
      p.a,
      zeroPoint(b!),
      p.b,
      p.leftShift,
      p.y,
      zeroPoint(site.output),
      range16(site),
    );
    const sum = { comment: 'the sum', values: [siteArray(site, 'sum', 'int32_t', numbers, sumLayout)] };
    return { struct: 'nn_add_s16_layer', fields: [sum, ...broadcastFields(site)] };
  };

function mulLayer16(site: Site): Layer {
  const [a, b] = site.inputs;
  return {
    struct: 'nn_mul_s16_layer',
    fields: [
      { comment: 'zero points of a, b', values: [zeroPoint(a!), zeroPoint(b!)] },
      scale('scale', mulParams(a!, b!, site.output)),
      rangeField(site.output, range16(site)),
      ...broadcastFields(site),
    ],
  };
}

const sixteen = (op: 'add' | 'sub' | 'mul', layer: (site: Site) => Layer): Kernel => ({
  symbol: `nn_${op}_s16`,
  file: 'nn_pair_s16.h',
  op,
  needs: [],
  fits: (site) => hasTypes(site, 's16') && site.output.type === 's16',
  layer,
  overlap,
  cost: perElement(40),
});

/** Axes that the C kernel loops over: NN_SELECT_AXES. */
const selectAxes = 5;

/** Axes of the result, neighbours that all operands walk alike merged: size, strides of condition, a, b. */
function selectedAxes({ inputs, output }: Site): number[][] {
  const merged: number[][] = [];
  output.shape.forEach((size, axis) => {
    if (size === 1) return;
    const strides = inputs.map(({ shape }) => {
      const own = axis - output.shape.length + shape.length;
      return own < 0 || shape[own] === 1 ? 0 : elements(shape.slice(own + 1));
    });
    const last = merged.at(-1);
    if (last && strides.every((s, i) => last[i + 1] === s * size))
      merged[merged.length - 1] = [last[0]! * size, ...strides];
    else merged.push([size, ...strides]);
  });
  return merged;
}

const select: Kernel = {
  symbol: 'nn_select',
  file: 'nn_select.h',
  op: 'select',
  needs: [],
  fits: (site) => selectedAxes(site).length <= selectAxes,
  layer(site) {
    const axes = selectedAxes(site);
    const none = Array.from({ length: selectAxes - axes.length }, () => [1, 0, 0, 0]);
    const layout = '[axes][size, strides of condition, a, b]';
    return {
      struct: 'nn_select_layer',
      fields: [
        { comment: 'axes', values: [siteArray(site, 'axes', 'int32_t', [...none, ...axes].flat(), layout)] },
        {
          comment: 'elements, bytes of one',
          values: [elements(site.output.shape), tensorBytes({ shape: [], type: site.output.type })],
        },
      ],
    };
  },
  cost: perElement(60),
};

const real: readonly BinaryFn[] = [
  'div',
  'floor_div',
  'mod',
  'fmod',
  'pow',
  'maximum',
  'minimum',
  'squared_difference',
  'prelu',
  'atan2',
];
const numbers: readonly BinaryFn[] = [
  'div',
  'floor_div',
  'mod',
  'fmod',
  'pow',
  'maximum',
  'minimum',
  'squared_difference',
  'prelu',
  'bitwise_and',
  'bitwise_or',
  'bitwise_xor',
  'shift_left',
  'shift_right',
];
const truths: readonly BinaryFn[] = ['logical_and', 'logical_or', 'logical_xor', 'equal', 'not_equal'];
const extremes: readonly BinaryFn[] = ['maximum', 'minimum'];

/** One row per function and type. */
export const pairs: readonly Kernel[] = [
  ...[...real, ...comparisons].map((fn) => row(fn, 'f32', 'nn_pair_f32.h')),
  ...[...numbers, ...comparisons].map((fn) => row(fn, 's32', 'nn_pair_s32.h')),
  ...truths.map((fn) => row(fn, 'bool', 'nn_pair_bool.h')),
  ...extremes.map((fn) => row(fn, 's8', 'nn_pair_s8.h')),
  ...extremes.map((fn) => row(fn, 's16', 'nn_pair_s16.h')),
  byte('nn_compare_s8', comparisons, compareLayer),
  byte('nn_prelu_s8', ['prelu'], preluLayer),
  byte('nn_squared_difference_s8', ['squared_difference'], squareLayer),
  whole('add'),
  whole('sub'),
  whole('mul'),
  sixteen('add', sumLayer16(addParams)),
  sixteen('sub', sumLayer16(subParams)),
  sixteen('mul', mulLayer16),
  select,
];
