// Nanoseconds of 1x1 convolutions in WebAssembly, dense and with zeros: every kernel that fits, one process, the least of
// interleaved rounds: node --no-liftoff bench/wasm-layers.mjs [s8|f32] [pixels,in,out ...]
import { buildModule } from '../dist/emit/wasm/module.js';
import { wasmKernels } from '../dist/kernels/wasm/index.js';
import { makePlan } from '../dist/plan/make-plan.js';
import { loadTarget } from '../dist/plan/target.js';
import { random } from '../dist/support/rng.js';

const [type = 's8', ...shapes] = process.argv.slice(2);
const layers = (shapes.length ? shapes : ['125,64,64', '576,16,32', '36,128,128', '9,256,256', '784,64,128']).map((s) =>
  s.split(',').map(Number),
);
const shares = [0, 0.5, 0.8, 0.9];

/** A 1x1 convolution with seeded weights, of which a share is 0. */
function graphOf([pixels, depth, channels], zeros) {
  const next = random(5);
  const isFloat = type === 'f32';
  const quant = (scale, zero) => (isFloat ? {} : { quant: { scale: [scale], zero: [zero] } });
  const weight = () => (next() < zeros ? 0 : isFloat ? next() - 0.5 : Math.floor(250 * next()) - 125);
  const data = (isFloat ? Float32Array : Int8Array).from({ length: channels * depth }, weight);
  const scale = Array.from({ length: channels }, () => 0.002 + 0.004 * next());
  const bias = (isFloat ? Float32Array : Int32Array).from({ length: channels }, () => Math.floor(900 * next()));
  const tensors = [
    { name: 'x', type, shape: [1, pixels, 1, depth], ...quant(0.05, -128) },
    {
      name: 'w',
      type,
      shape: [channels, 1, 1, depth],
      data,
      ...(isFloat ? {} : { quant: { scale, zero: scale.map(() => 0), axis: 0 } }),
    },
    { name: 'b', type: isFloat ? 'f32' : 's32', shape: [channels], data: bias },
    { name: 'y', type, shape: [1, pixels, 1, channels], ...quant(0.02, -128) },
  ];
  const attr = { stride: [1, 1], dilation: [1, 1], pad: [0, 0, 0, 0], groups: 1, act: 'relu' };
  const node = { op: 'conv2d', name: 'conv', attr, in: [0, 1, 2], out: [3], from: 'bench' };
  return { name: 'm', tensors, nodes: [node], inputs: [0], outputs: [3] };
}

/** The module that has just this kernel, and what it is estimated to cost. */
async function runnerOf(graph, kernel) {
  const target = loadTarget('wasm');
  const free = Object.fromEntries(Object.keys(kernel.prices ?? {}).map((unit) => [unit, 0]));
  const plan = makePlan(graph, {
    name: 'm',
    target: { ...target, costs: { [kernel.symbol]: free } },
    optimize: 'speed',
  });
  const call = plan.steps[0];
  if (call.kernel !== kernel) return undefined;
  const { binary } = await buildModule(plan, 'simd');
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary));
  const x = exports.input_0.value;
  new Uint8Array(exports.memory.buffer).subarray(x, x + 64).fill(3);
  return {
    run: exports.run,
    symbol: kernel.symbol,
    work: kernel.work?.(call.site),
    cost: kernel.cost(call.site, target).instructions,
  };
}

function time(run, count) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) run();
  return Number(process.hrtime.bigint() - start) / count;
}

for (const layer of layers)
  for (const zeros of shares) {
    const graph = graphOf(layer, zeros);
    const rows = wasmKernels.filter((k) => k.op === 'conv2d' && (zeros || !k.format) && k.needs.length);
    const runners = (await Promise.all(rows.map((k) => runnerOf(graph, k).catch(() => undefined)))).filter(Boolean);
    const macs = layer[0] * layer[1] * layer[2];
    const times = runners.map(() => []);
    for (const r of runners) for (const end = performance.now() + 150; performance.now() < end; ) r.run();
    const count = Math.ceil(3e6 / time(runners[0].run, 20));
    for (let round = 0; round < 15; round++) for (const [i, r] of runners.entries()) times[i].push(time(r.run, count));
    console.log(`${layer.join(' x ')}, ${100 * zeros} % zeros`);
    runners.forEach((r, i) => {
      const ns = Math.min(...times[i]);
      console.log(
        `  ${r.symbol.padEnd(32)} ${(ns / 1000).toFixed(1).padStart(8)} us ${(macs / ns).toFixed(1).padStart(6)} GMAC/s  estimated ${(r.cost / ns).toFixed(2)} per ns  ${JSON.stringify(r.work)}`,
      );
    });
  }
