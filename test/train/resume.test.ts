import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { train } from '../../src/train/fit.js';
import { workFolder } from '../support/folder.js';
import { network, pictures } from './network.js';

const { path, dispose } = workFolder();
afterAll(dispose);
const child = fileURLToPath(new URL('child.mjs', import.meta.url));
const epochs = 6;
const data = pictures(200);

/** @param isEnded asked after every step; true kills the child as a power cut would */
function run(checkpoint: string, out: string, isEnded: () => boolean = () => false): Promise<string | null> {
  const p = spawn(process.execPath, [child, path('task.json'), checkpoint, out], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  p.stdout.on('data', () => isEnded() && p.kill('SIGKILL'));
  return new Promise((resolve, reject) => p.on('error', reject).on('close', (_, signal) => resolve(signal)));
}

test('training that was killed goes on where it was, to the same bits', async () => {
  const graph = network();
  const plain = { ...graph, tensors: graph.tensors.map((t) => (t.data ? { ...t, data: [...t.data] } : t)) };
  const inputs = Array.from({ length: data.count }, (_, i) => [...data.inputs(i)[0]!]);
  const labels = inputs.map((_, i) => data.label(i));
  writeFileSync(path('task.json'), JSON.stringify({ graph: plain, inputs, labels, epochs }));

  expect(await run(path('whole'), path('whole.json'))).toBeNull();
  let steps = 0;
  // Some steps after the first checkpoint, in the midst of an epoch.
  const signal = await run(path('part'), path('part.json'), () => existsSync(path('part')) && ++steps > 2);
  expect(signal).toBe('SIGKILL');
  expect(existsSync(path('part.json'))).toBe(false);
  expect(await run(path('part'), path('part.json'))).toBeNull();
  expect(readFileSync(path('part.json'), 'utf8')).toBe(readFileSync(path('whole.json'), 'utf8'));
});

test('a checkpoint of another training, or a damaged one, is refused', async () => {
  const about = { data, epochs: 1, threads: 1 };
  await train(network(), network(), { ...about, checkpoint: path('one') });
  const other = train(network(), network(), { ...about, epochs: 2, checkpoint: path('one') });
  await expect(other).rejects.toMatchObject({ code: 'checkpoint-other' });
  writeFileSync(path('cut'), readFileSync(path('one')).subarray(0, -5));
  const cut = train(network(), network(), { ...about, checkpoint: path('cut') });
  await expect(cut).rejects.toMatchObject({ code: 'checkpoint-damaged' });
  writeFileSync(path('odd'), 'not at all');
  const odd = train(network(), network(), { ...about, checkpoint: path('odd') });
  await expect(odd).rejects.toMatchObject({ code: 'checkpoint-damaged' });
});
