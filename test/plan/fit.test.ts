import { describe, expect, test } from 'vitest';
import { parseMemories } from '../../src/cli/memories.js';
import { compile } from '../../src/compile.js';

const example = 'examples/keyword-spotting/kws.tflite';

describe('a model that does not fit', () => {
  test('flash: the layers that take the most, what would help, exit code 1', async () => {
    const failed = compile(example, { target: 'cortex-m4', fit: { flash: 20000 } });
    await expect(failed).rejects.toMatchObject({
      code: 'flash-exceeded',
      exitCode: 1,
      where: 'cortex-m4',
      message: expect.stringMatching(
        /\d\d,\d{3} bytes of flash \(code by estimate\), there are 20,000; most in \S+ \d,\d{3}, /,
      ),
      hint: expect.stringMatching(/cortex-m7.* has room/),
    });
  });

  test('RAM: the fullest step and what lies there', async () => {
    const failed = compile(example, { target: 'cortex-m4', fit: { ram: 8192 }, optimizeRam: false });
    await expect(failed).rejects.toMatchObject({
      code: 'ram-exceeded',
      message: expect.stringMatching(/there are 8,192; most at \S+: \S+ [\d,]+/),
      hint: expect.stringMatching(/--optimize-ram/),
    });
  });

  test('RAM is saved where it would not do otherwise, and no more than needed', async () => {
    const fit = { ram: 10_400 };
    const { plan, report } = await compile(example, { target: 'cortex-m4', fit });
    expect(report.options.optimizeRam).toBe(true);
    expect(plan.arena + plan.target.stackBytes).toBeLessThanOrEqual(fit.ram);
    const { plan: roomy } = await compile(example, { target: 'cortex-m4' });
    expect(roomy.savesRam).toBe(false);
    await expect(compile(example, { target: 'cortex-m4', fit: { ram: 8192 } })).rejects.toMatchObject({
      code: 'ram-exceeded',
      hint: expect.not.stringContaining('--optimize-ram'),
    });
  });

  test('no limit where none is known', async () => {
    await expect(compile(example, { target: 'cortex-m4', fit: { flash: null, ram: null } })).resolves.toBeDefined();
  });
});

describe('--fit', () => {
  test('bytes, K and M', () => {
    expect(parseMemories('flash=96K,ram=32768')).toEqual({ flash: 98304, ram: 32768 });
    expect(parseMemories('ram=1MiB')).toEqual({ ram: 1048576 });
  });

  test.each(['', 'flash', 'rom=3K', 'flash=-1', 'flash=3G', 'flash=1K;ram=2K'])('refuses "%s"', (text) => {
    expect(() => parseMemories(text)).toThrow(expect.objectContaining({ code: 'option-invalid' }));
  });
});
