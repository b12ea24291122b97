import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Buffers, Course, Job, Outcome, Runner } from './shard.js';

/** What a thread is started with. */
export interface Start {
  readonly course: Course;
  readonly buffers: readonly Buffers[];
}
/** A job for a thread, with the number of its buffers. */
export interface Order {
  readonly shard: number;
  readonly job: Job;
}
export type Answer = { readonly outcome: Outcome } | { readonly failure: string };

/** The compiled entry, also when this file runs as TypeScript (in tests). */
const entry = new URL(import.meta.url.endsWith('.ts') ? '../../dist/train/worker.js' : './worker.js', import.meta.url);

/** One thread at work, one order at a time. */
class Thread {
  private constructor(private readonly worker: Worker) {}

  static start(start: Start): Promise<Thread> {
    const worker = new Worker(fileURLToPath(entry), { workerData: start });
    return new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', () => {
        worker.off('error', reject);
        resolve(new Thread(worker));
      });
    });
  }

  run(order: Order): Promise<Outcome> {
    const { worker } = this;
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(error);
      worker.once('error', fail);
      worker.once('message', (answer: Answer) => {
        worker.off('error', fail);
        if ('outcome' in answer) resolve(answer.outcome);
        else reject(new Error(answer.failure));
      });
      worker.postMessage(order);
    });
  }

  stop = () => this.worker.terminate();
}

/** Threads that take the parts of a batch as they become free. */
export class Threads implements Runner {
  private constructor(private readonly threads: readonly Thread[]) {}

  static async start(course: Course, buffers: readonly Buffers[], count: number): Promise<Threads> {
    const starts = Array.from({ length: count }, () => Thread.start({ course, buffers }));
    return new Threads(await Promise.all(starts));
  }

  async run(jobs: readonly Job[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    let next = 0;
    const work = async (thread: Thread): Promise<void> => {
      while (next < jobs.length) {
        const shard = next++;
        outcomes[shard] = await thread.run({ shard, job: jobs[shard]! });
      }
    };
    await Promise.all(this.threads.map(work));
    return outcomes;
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((t) => t.stop()));
  }
}
