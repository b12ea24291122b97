import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { workFolder } from '../support/folder.js';
import { listCases, runCases, type Verdicts } from '../support/onnx-suite.js';
import { hasShared } from '../support/shared.js';

/**
 * What becomes of each case of the ONNX backend suite: `pass`, `folded` (right, but nothing is left to be compiled), or why
 * not. `node bench/onnx-suite.mjs` runs all of them, with `--write` it writes this file.
 */
const file = fileURLToPath(new URL('onnx-suite.tsv', import.meta.url));
const expected: Verdicts = new Map(
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t') as [string, string]),
);
const folder = workFolder();
afterAll(folder.dispose);

const cause = (verdict: string): string => verdict.split(':')[0]!;

/** Cases that fare otherwise than is written down; it is a good sign when one passes, and is to be written down too. */
const surprises = (verdicts: Verdicts): string[] =>
  [...verdicts].filter(([name, v]) => cause(v) !== cause(expected.get(name) ?? '')).map((pair) => pair.join('\t'));

function count(verdicts: Verdicts): string {
  const causes = [...verdicts.values()].map(cause);
  const kinds = [...new Set(causes)].map((kind) => [kind, causes.filter((c) => c === kind).length] as const);
  return kinds
    .sort((a, b) => b[1] - a[1])
    .map(([kind, n]) => `${n}\t${kind}`)
    .join('\n');
}

const wanted = process.env.ONNX_SUITE;

describe.skipIf(!hasShared)('the ONNX backend suite', () => {
  test('at least 600 of its 955 cases pass as compiled C', () => {
    expect(expected.size).toBe(955);
    expect([...expected.values()].filter((v) => v === 'pass').length).toBeGreaterThanOrEqual(786);
  });

  // A tenth of the cases, the same ones every time; ops of every kind are among them.
  test.skipIf(wanted)('a part of the cases fares as written down', async () => {
    const names = listCases().map((c) => `${c.suite}/${c.case}`);
    const part = new Set(names.filter((_, i) => i % 10 === 3));
    const verdicts = await runCases((name) => part.has(name), folder.path('suite'), 100);
    expect(verdicts.size).toBe(part.size);
    expect(surprises(verdicts)).toEqual([]);
  });

  test.skipIf(!wanted)('all cases', async () => {
    const isAll = wanted === 'all' || wanted === 'write';
    const verdicts = await runCases((name) => isAll || name.includes(wanted!), folder.path('suite'));
    console.log(count(verdicts));
    if (wanted === 'write') {
      const lines = [...verdicts].map((pair) => pair.join('\t').replace(/\n/g, ' ').slice(0, 200)).sort();
      writeFileSync(file, `${lines.join('\n')}\n`);
    } else expect(surprises(verdicts)).toEqual([]);
  });
});
