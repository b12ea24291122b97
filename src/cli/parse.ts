import { Problem } from '../support/problem.js';

/** Lists that a configuration file gave: the first value on the command line replaces them. */
const configured = new WeakSet<readonly string[]>();

/** Collects the values of an option that may be repeated. */
export const collect = (value: string, before: string[] = []): string[] =>
  configured.has(before) ? [value] : [...before, value];

/** Marks what `collect` made of a configuration file. */
export function fromConfig(list: string[]): string[] {
  configured.add(list);
  return list;
}

/** A whole number >= least, or a Problem naming the option. */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (!Number.isInteger(n) || n < least)
      throw new Problem('option-invalid', `"${text}" is not a whole number >= ${least}`, option);
    return n;
  };
}

/** A number, or a Problem naming the option. */
export function realNumber(option: string): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (!text.trim() || !Number.isFinite(n)) throw new Problem('option-invalid', `"${text}" is not a number`, option);
    return n;
  };
}

/** Given values by name, without those that are not. */
export const given = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined)) as Partial<T>;
