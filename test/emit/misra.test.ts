import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { writeFolder } from '../../src/support/output.js';
import { versionOf } from '../../src/verify/toolchain.js';
import { workFolder } from '../support/folder.js';
import { modelPath } from '../support/golden.js';
import { hasShared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

/** Rule numbers in the first column of the table. */
const listed = readFileSync('docs/misra.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .flatMap((line) =>
    line
      .split('|')[1]!
      .split(',')
      .map((rule) => rule.trim()),
  );

describe.skipIf(!hasShared || !versionOf('cppcheck'))('MISRA C:2012', () => {
  test('keyword spotting for a Cortex-M4: only the deviations that docs/misra.md lists', async () => {
    const { files } = await compile(modelPath('mlperf_kws_int8'), {
      ...{ name: 'kws', target: 'cortex-m4', vectors: 1 },
      ...{ preprocess: { scale: 0.5, frame: [60, 20, 3] }, emitPreprocess: true },
    });
    writeFolder(folder.path('kws'), files);
    const args = ['--std=c99', '--addon=misra', '--enable=style', '-q', 'kws.c'];
    const { stderr } = spawnSync('cppcheck', args, { cwd: folder.path('kws'), encoding: 'utf8', maxBuffer: 1 << 26 });
    const broken = new Set([...stderr.matchAll(/\[misra-c2012-([\d.]+)\]/g)].map((m) => m[1]!));
    expect(broken.size).toBeGreaterThan(5);
    expect([...broken].filter((rule) => !listed.includes(rule))).toEqual([]);
  });
});
