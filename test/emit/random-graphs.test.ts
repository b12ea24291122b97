import { afterAll, expect, test } from 'vitest';
import { compileGraph } from '../../src/compile.js';
import { writeFolder } from '../../src/support/output.js';
import { verifyHost } from '../../src/verify/verify.js';
import { workFolder } from '../support/folder.js';
import { randomGraph } from '../support/random-graph.js';

const folder = workFolder();
afterAll(folder.dispose);

const origin = { name: 'random', sha256: '0'.repeat(64), format: 'none' };
const sanitizers = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

// Kernels in place, fused adds, streamed rows, moved tensors and border biases meet in combinations that no model has.
test.each(Array.from({ length: 24 }, (_, i) => ({ seed: 1000 + i, target: i % 2 ? 'cortex-m4' : 'host' })))(
  'random graph $seed for $target: the C equals the reference',
  async ({ seed, target }) => {
    for (const optimizeRam of [false, true]) {
      const { files } = await compileGraph(() => randomGraph(seed), origin, {
        name: 'm',
        target,
        optimizeRam,
        html: false,
      });
      writeFolder(folder.path('m'), files);
      expect(verifyHost(folder.path('m'), { flags: sanitizers })).toMatchObject({ mismatches: 0 });
    }
  },
);
