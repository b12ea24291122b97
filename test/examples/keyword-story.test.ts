import { afterAll, expect, test } from 'vitest';
import { story, table } from '../../examples/keyword-spotting/finetune.mjs';
import { versionOf } from '../../src/verify/toolchain.js';
import { workFolder } from '../support/folder.js';

const folder = workFolder();
afterAll(folder.dispose);
const measure = Boolean(versionOf('arm-none-eabi-gcc') && versionOf('qemu-system-arm'));

test('the story in small: pruned by 80 %, two epochs on 400 recordings', async () => {
  const reports = await story({ out: folder.path('story'), epochs: 2, most: 400, measure });
  const { dense, pruned, finetuned } = reports;
  const accuracy = [dense, pruned, finetuned].map((r) => r.accuracy!.compiled!);
  expect(accuracy[0]).toBeGreaterThan(87);
  expect(accuracy[1]).toBeGreaterThan(55);
  expect(accuracy[2]).toBeGreaterThan(75);
  for (const r of [pruned, finetuned]) {
    expect(r.pruning!.sparsity).toBeGreaterThan(0.78);
    expect(r.totals.flash.weights).toBeLessThan(0.75 * dense.totals.flash.weights);
    const work = ({ totals: { instructions } }: typeof dense) => instructions.measured ?? instructions.estimated!;
    expect(work(r)).toBeLessThan(0.8 * work(dense));
    for (const v of r.verification) expect(v.mismatches).toBe(0);
  }
  expect(finetuned.finetuning!.epochs).toHaveLength(2);
  const lines = table(reports);
  expect(lines).toHaveLength(9);
  expect(lines[1]).toMatch(/^ {2}accuracy +\d\d\.\d % +\d\d\.\d % +\d\d\.\d % /);
});
