import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Graph } from './ir/graph.js';
import { printGraph } from './ir/print.js';
import { checkGraph } from './ops/check.js';
import type { Progress } from './support/progress.js';

/** Times each stage, checks what it made, and writes it to the dump folder under its number and name. */
export class Stages {
  readonly milliseconds: Record<string, number> = {};
  private count = 0;
  constructor(
    readonly progress: Progress,
    readonly dump: string | undefined,
  ) {
    if (dump) mkdirSync(dump, { recursive: true });
  }

  /** Runs and times a stage. */
  async run<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    this.progress.stage(name);
    const start = performance.now();
    const result = await work();
    this.milliseconds[name] = performance.now() - start;
    return result;
  }

  /** A stage that makes a graph: checked and dumped. */
  async graph(name: string, work: () => Graph | Promise<Graph>): Promise<Graph> {
    const graph = await this.run(name, work);
    checkGraph(graph);
    this.write(name, 'ir', printGraph(graph));
    return graph;
  }

  /** Writes a text to the dump folder, if there is one. */
  write(name: string, extension: string, text: string): void {
    if (this.dump)
      writeFileSync(join(this.dump, `${String(this.count++).padStart(2, '0')}-${name}.${extension}`), text);
  }
}
