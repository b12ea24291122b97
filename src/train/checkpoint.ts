/** Training on disk: a line of JSON, then the numbers. Written whole or not at all. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { Problem } from '../support/problem.js';
import type { EpochRecord } from './history.js';

/** All that training needs to go on as if it had not stopped. */
export interface Checkpoint {
  /** of options, data and model: a checkpoint of other ones is refused */
  readonly key: string;
  /** epochs that are done */
  readonly epoch: number;
  /** steps that are done */
  readonly time: number;
  readonly history: readonly EpochRecord[];
  /** number of the best epoch; 0: none yet */
  readonly best: number;
  /** all parameters one after the other: values, what the optimiser remembers, values of the best epoch */
  readonly values: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly bestValues: Float32Array;
  /** 0 where a weight stays 0 */
  readonly masks: Uint8Array;
}

const magic = 'espalier checkpoint 1';
const arrays = ['values', 'first', 'second', 'bestValues'] as const;

export function writeCheckpoint(path: string, c: Checkpoint): void {
  const { key, epoch, time, history, best } = c;
  const about = { magic, key, epoch, time, history, best, length: c.values.length };
  const part = `${path}.${process.pid}`;
  const file = openSync(part, 'w');
  writeSync(file, `${JSON.stringify(about)}\n`);
  for (const name of arrays) writeSync(file, new Uint8Array(c[name].buffer, c[name].byteOffset, c[name].byteLength));
  writeSync(file, c.masks);
  fsyncSync(file);
  closeSync(file);
  renameSync(part, path);
}

const damaged = (path: string): Problem =>
  new Problem('checkpoint-damaged', 'this is no checkpoint of a training, or a damaged one', path, 'delete the file');

/**
 * Reads a checkpoint; undefined where there is none.
 * @throws Problem checkpoint-damaged, checkpoint-other
 */
export function readCheckpoint(path: string, key: string): Checkpoint | undefined {
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  const end = bytes.indexOf(10);
  const about = parsed(bytes.subarray(0, Math.max(end, 0)).toString(), path);
  const { length } = about;
  if (about.magic !== magic || bytes.length !== end + 1 + length * 17) throw damaged(path);
  if (about.key !== key)
    throw new Problem(
      'checkpoint-other',
      'this checkpoint belongs to a training with other options, data or model',
      path,
      'delete the file, or give the options it was written with',
    );
  const numbers = (k: number) =>
    new Float32Array(new Uint8Array(bytes.subarray(end + 1 + 4 * k * length)).slice(0, 4 * length).buffer);
  const [values, first, second, bestValues] = [numbers(0), numbers(1), numbers(2), numbers(3)];
  const masks = new Uint8Array(bytes.subarray(end + 1 + 16 * length));
  const { epoch, time, history, best } = about;
  return { key, epoch, time, history, best, values, first, second, bestValues, masks };
}

function parsed(text: string, path: string): Omit<Checkpoint, 'values'> & { magic: string; length: number } {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(path);
  }
}
