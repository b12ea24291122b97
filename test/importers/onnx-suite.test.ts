import { writeFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { workFolder } from '../support/folder.js';
import { runCases } from '../support/onnx-suite.js';

const folder = workFolder();
afterAll(folder.dispose);

test('suite', async () => {
  const pattern = new RegExp(process.env.ONNX_CASES ?? '.');
  const v = await runCases((n) => pattern.test(n), folder.path('suite'));
  const lines = [...v].map(([a, b]) => `${a}\t${b}`).sort();
  writeFileSync('/tmp/onnx6/verdicts.tsv', `${lines.join('\n')}\n`);
  expect(v.size).toBeGreaterThan(0);
});
