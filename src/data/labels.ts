import type { NpyArray } from '../support/npy.js';
import { Problem } from '../support/problem.js';

const mostClasses = 0x10000;

/** Is it a number of a class? */
const isClass = (v: number): boolean => Number.isInteger(v) && v >= 0 && v < mostClasses;

/** @throws Problem `data-labels` naming the value and its place */
export function checkClass(value: number, where: string, row?: number): number {
  if (isClass(value)) return value;
  const of = row === undefined ? '' : ` of sample ${row}`;
  throw new Problem('data-labels', `label ${value}${of} is no class number`, where, 'classes count from 0');
}

/**
 * Class numbers from an array of shape [count] or [count, 1].
 * @throws Problem `data-shape`, `data-labels`
 */
export function toLabels({ shape, data }: Pick<NpyArray, 'shape' | 'data'>, from: string): Int32Array {
  if (data.length !== shape[0]) throw new Problem('data-shape', `labels [${shape}] are not one per sample`, from);
  return Int32Array.from(data, (v, i) => checkClass(v, from, i));
}

/** Classes by name: numbers as they are, else names in sorted order. */
export interface NamedLabels {
  readonly labels: Int32Array;
  readonly classes?: readonly string[];
}

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text));

/**
 * Classes from texts: where the first is a number all are class numbers, else names are numbered in sorted order.
 * @param place where a text is, for messages
 * @throws Problem `data-labels`
 */
export function namedLabels(texts: readonly string[], place: (index: number) => string): NamedLabels {
  if (texts.length && isNumber(texts[0]!))
    return { labels: Int32Array.from(texts, (text, i) => numberedClass(text, place(i))) };
  const empty = texts.findIndex((text) => !text.trim());
  if (empty >= 0) throw new Problem('data-labels', 'the label is empty', place(empty));
  const classes = [...new Set(texts)].sort();
  const numbers = new Map(classes.map((name, i) => [name, i]));
  return { labels: Int32Array.from(texts, (text) => numbers.get(text)!), classes };
}

function numberedClass(text: string, where: string): number {
  if (isNumber(text)) return checkClass(Number(text), where);
  throw new Problem('data-labels', `label "${text}" is no class number, as those before it are`, where);
}
