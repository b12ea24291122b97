// Samples per second of training (forwards and backwards), per engine, in one run: ours on one and two threads, TensorFlow.js
// on its cpu backend. ResNet-8 (IC) and DS-CNN (KWS), batches of 64, no teacher.
//
//     npm run build && node bench/train.mjs               both models
//     node bench/train.mjs ic --seconds 20 --no-tfjs

import { executeBatch } from '../dist/ops/float/batch.js';
import { parametersOf } from '../dist/ops/float/parameters.js';
import { floatTwin } from '../dist/quantise/float-twin.js';
import { Linear } from '../dist/support/linear.js';
import { random } from '../dist/support/rng.js';
import { Engine } from '../dist/train/engine.js';
import { endsOf } from '../dist/train/loss.js';
import { hasShared, load } from './accuracy/data.mjs';

const args = process.argv.slice(2);
const seconds = args.includes('--seconds') ? Number(args[args.indexOf('--seconds') + 1]) : 10;
const batch = 64;
const files = { ic: 'mlperf_ic_int8', kws: 'mlperf_kws_int8' };
const names = Object.keys(files).filter((n) => args.includes(n));
if (!hasShared) {
  console.log('train: skipped, the folder of models is not there');
  process.exit(0);
}

/** Random samples of the right size; what they hold does not change the work. */
function samplesFor(graph, count, classes) {
  const size = graph.tensors[graph.inputs[0]].shape.reduce((a, b) => a * b, 1);
  const next = random(1);
  return Array.from({ length: count }, (_, i) => ({
    inputs: [Float32Array.from({ length: size }, () => 2 * next() - 1)],
    label: i % classes,
  }));
}

function courseOf(linear, graph, samples) {
  const values = new Map();
  executeBatch(linear, graph, samples[0].inputs, 1, (id, data) => values.set(id, data.slice()));
  const ends = endsOf(graph, graph, 'class', (id) => values.get(id));
  return { student: graph, loss: { ends, distillation: 0, temperature: 1 } };
}

const flat = (graph, ends) => {
  const all = parametersOf(graph, ends).map((p) => p.values);
  const out = new Float32Array(all.reduce((n, v) => n + v.length, 0));
  let at = 0;
  for (const v of all) {
    out.set(v, at);
    at += v.length;
  }
  return out;
};

/** Runs `step` for some seconds after a first time. */
async function timed(label, count, step) {
  await step();
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  let done = 0;
  do {
    await step();
    done += count;
  } while (performance.now() - start < 1000 * seconds);
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const busy = (user + system) / 1e6;
  console.log(
    `| ${label} | ${(done / wall).toFixed(1)} | ${(done / busy).toFixed(1)} | ${(busy / wall).toFixed(2)} | ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} |`,
  );
}

async function ours(name, graph, linear) {
  const classes = graph.tensors[graph.outputs[0]].shape.at(-1);
  const samples = samplesFor(graph, batch, classes);
  const course = courseOf(linear, graph, samples);
  const weights = flat(
    graph,
    course.loss.ends.map((e) => e.id),
  );
  for (const threads of [1, 2]) {
    const engine = await Engine.start(course, batch, 1, threads);
    const about = { isRounded: false, isLearning: true };
    await timed(`${name} | ours, ${threads} thread${threads > 1 ? 's' : ''}`, batch, () =>
      engine.run(samples, weights, about),
    );
    await engine.close();
  }
}

async function tensorflow(name, graph) {
  // In this order: the engine that is there first is everybody's.
  const { stepOf } = await import('./train/tfjs.mjs');
  await import('../test/support/tfjs-gradients.mjs');
  const few = 4; // its cpu backend takes seconds for one sample
  const { inputs, labels } = samplesFor(graph, few, 10).reduce(
    (all, s) => ({ inputs: [...all.inputs, ...s.inputs[0]], labels: [...all.labels, s.label] }),
    { inputs: [], labels: [] },
  );
  await timed(`${name} | TensorFlow.js 4.22, cpu`, few, stepOf(graph, Float32Array.from(inputs), labels));
}

console.log('| model | engine | samples per second | per CPU second | CPUs | MiB |');
console.log('|---|---|---|---|---|---|');
const linear = await Linear.load();
for (const name of names.length ? names : Object.keys(files)) {
  const graph = floatTwin(await load(files[name]));
  await ours(name, graph, linear);
  if (!args.includes('--no-tfjs')) await tensorflow(name, graph);
}
