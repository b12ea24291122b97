// Trains the network of a file and writes the result: ended by a test while it is at work.
import { readFileSync, writeFileSync } from 'node:fs';
import { train } from '../../dist/train/fit.js';

const [file, checkpoint, out] = process.argv.slice(2);
const { graph, inputs, labels, epochs } = JSON.parse(readFileSync(file, 'utf8'));
const tensors = graph.tensors.map((t) => (t.data ? { ...t, data: Float32Array.from(t.data) } : t));
const samples = inputs.map((x) => [Float32Array.from(x)]);
const network = { ...graph, tensors };
const data = { count: samples.length, inputs: (i) => samples[i], label: (i) => labels[i] };
const progress = { stage: () => undefined, share: () => process.stdout.write('.') };
const result = await train(network, network, { data, epochs, threads: 2, checkpoint, progress, distillation: 0 });
writeFileSync(out, JSON.stringify([result.history, result.graph.tensors.map((t) => t.data && [...t.data])]));
