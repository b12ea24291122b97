import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { templates } from './template.js';

/** Several headers as one text, and the system headers that they need. */
export interface Amalgam {
  /** e.g. `string.h`, sorted */
  readonly system: string[];
  /** every local header once, each after those it includes, without guards and includes */
  readonly text: string;
}

const localInclude = /^#include "(.+)"$/;
const systemInclude = /^#include <(.+)>$/;

/** The lines between `#ifndef X_H`, `#define X_H` and the last `#endif`. */
function withoutGuard(source: string): string[] {
  const lines = source.trimEnd().split('\n');
  const guard = /^#ifndef (\w+_H)$/.exec(lines[0]!)?.[1];
  return guard && lines[1] === `#define ${guard}` && lines.at(-1) === '#endif' ? lines.slice(2, -1) : lines;
}

/** Blank lines that the removed includes leave behind become one. */
const tidy = (lines: readonly string[]): string =>
  lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();

/**
 * Joins kernel headers, local includes inlined once, depth first.
 * @param files names below templates/c/kernels
 */
export function amalgamate(files: readonly string[]): Amalgam {
  const system = new Set<string>();
  const done = new Set<string>();
  const parts: string[] = [];
  const visit = (file: string): void => {
    if (done.has(file)) return;
    done.add(file);
    const kept: string[] = [];
    for (const line of withoutGuard(readFileSync(join(templates, 'c', 'kernels', file), 'utf8'))) {
      const local = localInclude.exec(line)?.[1];
      const header = systemInclude.exec(line)?.[1];
      if (local) visit(local);
      else if (header) system.add(header);
      else kept.push(line);
    }
    parts.push(tidy(kept));
  };
  for (const file of files) visit(file);
  return { system: [...system].sort(), text: parts.join('\n\n') };
}
