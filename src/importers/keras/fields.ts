import type { Pair } from '../../ir/graph.js';
import { Problem } from '../../support/problem.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

const mostSize = 2 ** 20;
const shown = (value: Json | undefined): string => JSON.stringify(value ?? null).slice(0, 60);

/** The settings of a layer, each checked when it is read. */
export class Fields {
  constructor(
    readonly json: JsonObject,
    readonly from: string,
  ) {}

  private wrong(key: string, wanted: string): Problem {
    return new Problem('keras-config', `its "${key}" is ${shown(this.json[key])}, not ${wanted}`, this.from);
  }

  /** Object.hasOwn: a file must not reach what every object has. */
  get(key: string): Json | undefined {
    return Object.hasOwn(this.json, key) ? this.json[key] : undefined;
  }

  has = (key: string): boolean => (this.get(key) ?? null) !== null;

  number(key: string, usual?: number): number {
    const value = this.get(key) ?? usual;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw this.wrong(key, 'a number');
  }

  /** A whole number from 1 to 2^20. */
  size(key: string, usual?: number): number {
    const value = this.number(key, usual);
    if (Number.isInteger(value) && value >= 1 && value <= mostSize) return value;
    throw this.wrong(key, 'a whole number >= 1');
  }

  integer(key: string, usual?: number): number {
    const value = this.number(key, usual);
    if (Number.isInteger(value) && Math.abs(value) <= mostSize) return value;
    throw this.wrong(key, 'a whole number');
  }

  text(key: string, usual?: string): string {
    const value = this.get(key) ?? usual;
    if (typeof value === 'string') return value;
    throw this.wrong(key, 'a text');
  }

  flag(key: string, usual: boolean): boolean {
    const value = this.get(key) ?? usual;
    if (typeof value === 'boolean') return value;
    throw this.wrong(key, 'true or false');
  }

  /** Whole numbers >= `least`; a single one stands for `count` of them. */
  sizes(key: string, count: number, usual?: number, least = 1): readonly number[] {
    const value = this.get(key) ?? usual;
    const list = typeof value === 'number' ? new Array<number>(count).fill(value) : value;
    const whole = (v: Json): boolean => Number.isInteger(v) && (v as number) >= least && (v as number) <= mostSize;
    if (isList(list) && list.length === count && list.every(whole)) return list as readonly number[];
    throw this.wrong(key, count === 1 ? 'a whole number' : `${count} whole numbers`);
  }

  pair = (key: string, usual?: number): Pair => this.sizes(key, 2, usual) as unknown as Pair;

  /** Numbers of a list, nested or not. */
  numbers(key: string): number[] {
    const flat = (value: Json): Json[] => (isList(value) ? value.flatMap(flat) : [value]);
    const list = flat(this.get(key) ?? null);
    if (list.every((v) => typeof v === 'number' && Number.isFinite(v))) return list as number[];
    throw this.wrong(key, 'a list of numbers');
  }

  object(key: string): JsonObject | undefined {
    const value = this.get(key);
    return isObject(value) ? value : undefined;
  }
}
