// How many instructions plain loops take (bench/reference/reference_s8.h, -O3), beside ours: for cores without a peer.
//
//     node bench/reference.mjs rv32imc
//
// Convolutions, depthwise and fully connected layers are the plain loops, other layers our portable kernels, sums on their own.
// The original model is run, without simplification; results must be right.
import { fileURLToPath } from 'node:url';
import { compile } from '../dist/index.js';
import { geometryOf, imageFields, windowFields } from '../dist/kernels/geometry.js';
import { kernels } from '../dist/kernels/index.js';
import { activationRange, convMultipliers, denseMultipliers, zeroPoint } from '../dist/ops/quantised.js';

const shared = fileURLToPath(new URL('../../shared/models/tflite/', import.meta.url));
const target = process.argv[2] ?? 'rv32imc';

/** Sizes from the batch on. */
function sizesOf(site) {
  const channels = site.middle.shape.at(-1);
  if (site.node.op !== 'fully_connected') {
    const g = geometryOf(site);
    const fields = [...imageFields(g), { comment: 'output', values: [g.outH, g.outW, g.outC] }, ...windowFields(g)];
    return [...fields, { comment: 'outputs per input', values: [g.outC / g.inC] }].flatMap((f) => f.values);
  }
  const [, depth] = site.inputs[1].shape;
  const rows = site.inputs[0].shape.reduce((n, d) => n * d, 1) / depth;
  return [rows, 1, 1, depth, 1, 1, channels, 1, 1, 1, 1, 1, 1, 0, 0, 1];
}

function layer(site) {
  const [x, w, b] = site.inputs;
  const channels = site.middle.shape.at(-1);
  const multipliers = site.node.op === 'fully_connected' ? denseMultipliers : convMultipliers;
  const { multiplier, shift } = multipliers(x, w, site.middle, channels);
  const array = (role, type, values) => ({ name: `${site.prefix}_${role}`, type, values, layout: role });
  const range = activationRange(site.node.attr.act, site.middle);
  return {
    struct: 'reference_s8_layer',
    fields: [
      { comment: 'weights', values: [array('weights', 'int8_t', w.data)] },
      { comment: 'bias', values: [array('bias', 'int32_t', b?.data ?? new Int32Array(channels))] },
      { comment: 'multiplier', values: [array('multiplier', 'int32_t', multiplier)] },
      { comment: 'shift', values: [array('shift', 'int32_t', shift)] },
      { comment: 'sizes', values: sizesOf(site) },
      { comment: 'offsets and range', values: [-zeroPoint(x), zeroPoint(site.middle), ...range] },
    ],
  };
}

const row = (op) => ({
  symbol: `reference_${op}_s8`,
  file: '../../../bench/reference/reference_s8.h',
  op,
  needs: [],
  fits: ({ node, inputs }) => inputs[0].type === 's8' && (node.attr.groups ?? 1) === 1 && !node.attr.border,
  layer,
  cost: () => ({ instructions: 0 }),
});

async function count(model, options) {
  const fit = { flash: null, ram: null };
  const { report } = await compile(`${shared}mlperf_${model}_int8.tflite`, {
    target,
    measure: true,
    fit,
    name: model,
    ...options,
  });
  if (report.verification.some((v) => v.mismatches)) throw new Error(`${model} on ${target}: wrong result`);
  return report.totals.instructions.measured;
}

const models = ['kws', 'ic', 'vww', 'ad', 'sww'];
const ours = {};
for (const model of models) ours[model] = await count(model, {});
// No fused sums, no shortcuts.
const kept = kernels.filter((k) => k.needs.length === 0 && !k.fusesAdd && !k.symbol.endsWith('_linear'));
kernels.splice(0, kernels.length, ...kept, ...['conv2d', 'depthwise_conv2d', 'fully_connected'].map(row));
console.log('| model | plain loops | ours | ratio |\n|---|---|---|---|');
for (const model of models) {
  const plain = await count(model, { simplify: false });
  const cells = [plain, ours[model]].map((n) => n.toLocaleString('en-US'));
  console.log(`| ${model} | ${cells.join(' | ')} | ${(plain / ours[model]).toFixed(2)} |`);
}
