import type { Command } from 'commander';
import { Problem } from '../support/problem.js';
import { collect } from './parse.js';

/** Options of every command that reads a model. */
export interface ShapeOptions {
  readonly shape?: readonly string[];
}

/** Adds --shape. */
export const addShapeOption = (command: Command): Command =>
  command.option(
    '--shape <name=sizes>',
    'sizes that the model leaves open: of an input (x=1,3,224,224) or a symbolic dimension (batch=1); repeatable',
    collect,
  );

function parse(text: string): [string, number[]] {
  const at = text.lastIndexOf('=');
  const sizes = text
    .slice(at + 1)
    .split(/[,x]/)
    .map(Number);
  if (at < 1 || !sizes.every((n) => Number.isInteger(n) && n >= 1 && n < 2 ** 31))
    throw new Problem(
      'option-invalid',
      `"${text}" is no name and sizes`,
      '--shape',
      'e.g. input=1,3,224,224 or batch=1',
    );
  return [text.slice(0, at), sizes];
}

/**
 * Sizes by name, as importing takes them.
 * @throws Problem `option-invalid`
 */
export function shapesOf({ shape }: ShapeOptions): { shapes?: Readonly<Record<string, readonly number[]>> } {
  return shape?.length ? { shapes: Object.fromEntries(shape.map(parse)) } : {};
}
