/** Each kernel header compiles alone, and holds no function that the table does not know. */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { templates } from '../../src/emit/template.js';
import { kernels } from '../../src/kernels/index.js';
import { installedCompilers } from '../support/cc.js';
import { workFolder } from '../support/folder.js';

const headers = join(templates, 'c', 'kernels');
const files = readdirSync(headers)
  .filter((f) => f.endsWith('.h'))
  .sort();
const folder = workFolder();
afterAll(folder.dispose);

/** Names of the functions that a header offers to models. */
const offered = (file: string): string[] =>
  [...readFileSync(join(headers, file), 'utf8').matchAll(/^NN_KERNEL \w+ (nn_\w+)\(/gm)].map((m) => m[1]!);

describe('headers', () => {
  test.each(installedCompilers().map((c) => [c.name, c] as const))('each compiles alone with %s', (_, c) => {
    const sources = files.map((file) => {
      const path = folder.path(file.replace(/\.h$/, '.c'));
      writeFileSync(path, `#include "${file}"\nint nn_not_empty;\n`);
      return path;
    });
    for (const more of [[], ['-DNN_OPTIMIZE_SIZE']]) {
      const result = spawnSync(c.command, [...c.flags, ...more, '-I', headers, '-c', ...sources], {
        cwd: folder.path(),
        encoding: 'utf8',
      });
      expect(result.stderr).toBe('');
      expect(result.status).toBe(0);
    }
  });

  test('hold the functions of the table and no others', () => {
    const known = kernels.flatMap((k) => [`${k.file} ${k.symbol}`, ...(k.rows ? [`${k.file} ${k.symbol}_rows`] : [])]);
    const found = files.flatMap((file) => offered(file).map((name) => `${file} ${name}`));
    expect(found.sort()).toEqual([...new Set(known)].sort());
  });

  test('no two define the same name: any may meet in one model', () => {
    const names = files.flatMap((file) => {
      const text = readFileSync(join(headers, file), 'utf8');
      const functions = text.matchAll(/^(?:NN_KERNEL|NN_PART|NN_INLINE)\b.*?\b(nn_\w+)\(/gm);
      const others = [...text.matchAll(/^} (nn_\w+);/gm), ...text.matchAll(/^#define (NN_\w+)/gm)];
      // Variants for compilers and cores stand in one file.
      return [...new Set([...functions, ...others].map((m) => m[1]!))];
    });
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    expect(names.length).toBeGreaterThan(150);
  });

  test.each(files)('%s has plain comments and no globals', (file) => {
    const text = readFileSync(join(headers, file), 'utf8');
    expect(text).not.toMatch(/\/\/|\bmalloc\b|\bfree\b|\(\*\w+\)\(/);
    expect(text.split('\n').filter((line) => line.length > 120)).toEqual([]);
    expect(text).not.toMatch(/^(static )?(?!static inline|const|typedef|enum|NN_)\w[\w ]*\b\w+( = .*)?;$/m);
  });
});
