/** Entry of a training thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { Linear } from '../support/linear.js';
import { Shard } from './shard.js';
import type { Answer, Order, Start } from './threads.js';

const { course, buffers } = workerData as Start;
const shard = new Shard(await Linear.load(), course);

function answer({ shard: index, job }: Order): Answer {
  try {
    return { outcome: shard.run(job, buffers[index]!) };
  } catch (error) {
    return { failure: (error as Error).stack ?? String(error) };
  }
}

parentPort!.on('message', (order: Order) => parentPort!.postMessage(answer(order)));
parentPort!.postMessage('ready');
