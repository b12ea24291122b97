import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { templates } from '../template.js';

/** Types of the members of a layer's class; each takes 4 bytes. */
export type MemberType = 'usize' | 'i32' | 'f32';

const folder = join(templates, 'wasm', 'kernels');
const localImport = /from '\.\/(\w+)'/g;

/** The text of a kernel file. */
export const kernelText = (file: string): string => readFileSync(join(folder, file), 'utf8');

/** Kernel files and all that they import: name of each, and its text. */
export function kernelSources(files: readonly string[]): Map<string, string> {
  const sources = new Map<string, string>();
  const visit = (file: string): void => {
    if (sources.has(file)) return;
    const text = kernelText(file);
    sources.set(file, text);
    for (const [, name] of text.matchAll(localImport)) visit(`${name}.ts`);
  };
  for (const file of files) visit(file);
  return new Map([...sources].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Import lines for names of kernel files, each taken from the file that defines it. */
export function importLines(sources: ReadonlyMap<string, string>, names: Iterable<string>): string[] {
  const files = new Map<string, string[]>();
  for (const name of [...new Set(names)].sort()) {
    const definition = new RegExp(`^export (class|function) ${name}\\b`, 'm');
    const file = [...sources].find(([, text]) => definition.test(text))?.[0];
    if (file === undefined) throw new Error(`no ${name} in templates/wasm/kernels`);
    files.set(file, [...(files.get(file) ?? []), name]);
  }
  return [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, list]) => `import { ${list.join(', ')} } from './${file.slice(0, -'.ts'.length)}';`);
}

/** Member types of the `@unmanaged` class `name`, in order. */
export function classMembers(sources: ReadonlyMap<string, string>, name: string): MemberType[] {
  const pattern = new RegExp(`class ${name} \\{([^}]*)\\}`);
  const body = [...sources.values()].map((text) => pattern.exec(text)?.[1]).find((found) => found !== undefined);
  if (body === undefined) throw new Error(`no class ${name} in templates/wasm/kernels`);
  return [...body.matchAll(/^ {2}\w+: (\w+);/gm)].map((m) => m[1] as MemberType);
}
