/** Models with a memory: the compiled code goes on from its state as the reference does. */
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { prepare, type Run, stream } from '../../src/ops/execute.js';
import { writeFolder } from '../../src/support/output.js';
import { joinBytes } from '../../src/verify/artifact.js';
import { randomInputs } from '../../src/verify/golden.js';
import { runHost } from '../../src/verify/run.js';
import { verifyHost } from '../../src/verify/verify.js';
import { workFolder } from '../support/folder.js';
import { hasShared, shared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const frames = 100;

describe.skipIf(!hasShared)('100 frames', () => {
  test.each(['mww_v2_vad', 'mww_v2_okay_nabu', 'mnist_lstm_int8', 'keyword_scrambled_8bit'])(
    '%s',
    { timeout: 60_000 },
    async (id) => {
      const out = folder.path(id);
      const { files, source, report, plan } = await compile(shared(`models/tflite/${id}.tflite`), {
        vectors: 3,
        html: false,
      });
      writeFolder(out, files);
      expect(verifyHost(out)).toMatchObject({ vectors: 3, mismatches: 0 });
      expect(report.totals.ram.state).toBe(plan.state.bytes);
      const samples = randomInputs(source, frames, 7);
      const run = stream(source);
      const expected = samples.map((x) => run(x)[0]!.slice());
      const got = runHost(out, Uint8Array.from(joinBytes(samples.flat())));
      expect(got.map(([y]) => Array.from(y!))).toEqual(expected.map((y) => Array.from(y)));
      // The memory matters: from the beginning the last frame gives something else in some layer.
      const layersOf = (go: Run): number[][] => {
        const layers: number[][] = [];
        go(samples.at(-1)!, (_, data) => layers.push(Array.from(data)));
        return layers;
      };
      expect(layersOf(prepare(source))).not.toEqual(layersOf(run));
    },
  );

  test('every new value is written over the old one', async () => {
    const { plan, files } = await compile(shared('models/tflite/mww_v2_vad.tflite'), { html: false });
    expect(plan.state.copies).toEqual([]);
    const header = files.get('mww_v2_vad.h') as string;
    expect(header).toContain('#define MWW_V2_VAD_STATE_BYTES');
    expect(header).toContain('void mww_v2_vad_init(void *state);');
    expect(header).toContain('void mww_v2_vad_run(void *arena, void *state);');
  });

  test('pruning is refused', async () => {
    const options = { prune: { sparsity: 0.5 }, html: false } as const;
    await expect(compile(shared('models/tflite/mww_v2_vad.tflite'), options)).rejects.toMatchObject({
      code: 'stateful',
    });
  });
});
