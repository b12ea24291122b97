/** Own quantisation from end to end: the report tells it, the emitted C computes what the reference does. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { compileGraph } from '../../src/compile.js';
import type { QuantiseRequest } from '../../src/options.js';
import { writeFolder } from '../../src/support/output.js';
import { verifyHost } from '../../src/verify/verify.js';
import { workFolder } from '../support/folder.js';
import { uneven } from './uneven.js';

const folder = workFolder();
afterAll(folder.dispose);

const { graph, normal } = uneven();
const inputs = Array.from({ length: 64 }, () => Float32Array.from({ length: 108 }, normal));
const samples = { count: inputs.length, sample: (i: number) => [inputs[i]!] };
const origin = { name: 'uneven', sha256: '', format: 'graph' };

const compiled = (name: string, quantise: QuantiseRequest | undefined, sparsity?: number) =>
  compileGraph(() => graph, origin, {
    ...{ name, vectors: 3, html: false, prune: { samples, ...(sparsity && { sparsity, pattern: 'unstructured' }) } },
    ...(quantise && { quantise }),
  });

describe('emitted C', () => {
  const cases: readonly [string, QuantiseRequest | undefined, string][] = [
    ['plain', undefined, 's8'],
    ['mixed', { precision: 'mixed', sqnr: 46 }, 's8'],
    ['wide', { precision: 'int16x8', ranges: 'mse' }, 's16'],
    ['real', { precision: 'float32' }, 'f32'],
  ];
  for (const [name, request, type] of cases)
    for (const sparsity of [undefined, 0.5])
      test(`${name}${sparsity ? ', half of it zeros' : ''}: inputs are ${type}`, async () => {
        const id = `${name}${sparsity ? '_half' : ''}`;
        const { files, report, graph: result } = await compiled(id, request, sparsity);
        expect(result.tensors[result.inputs[0]!]!.type).toBe(type);
        const out = folder.path(id);
        writeFolder(out, files);
        expect(verifyHost(out, { flags: ['-O1'] })).toMatchObject({ vectors: 3, mismatches: 0 });
        const { quantisation, pruning } = JSON.parse(readFileSync(`${out}/report.json`, 'utf8'));
        expect(quantisation?.precision ?? 'float32').toBe(request?.precision ?? 'int8');
        if (request?.precision === 'mixed') expect(quantisation.real.length).toBeGreaterThan(0);
        if (sparsity) expect(pruning.sparsity).toBeGreaterThan(0.45);
        expect(report.quantisation).toEqual(quantisation);
      });
});

test('a precision without samples asks for them; a quantised model keeps its own', async () => {
  await expect(compileGraph(() => graph, origin, { quantise: { precision: 'int8' } })).rejects.toMatchObject({
    code: 'calibration-missing',
  });
  const { graph: int8 } = await compiled('plain', undefined);
  const again = compileGraph(() => int8, origin, { prune: { samples }, quantise: { precision: 'int16x8' } });
  await expect(again).rejects.toMatchObject({ code: 'precision' });
});
