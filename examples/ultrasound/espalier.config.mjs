// A small classifier of breast ultrasound, described here; `prepare.mjs` writes the pictures that it reads.
import { existsSync } from 'node:fs';
import { defineConfig, network, openDataset, Problem } from 'espalier';

const folder = 'out/ultrasound';

/** Convolutions that grow wider as the picture gets smaller: 25,000 weights, more than the budget holds. */
const model = network([64, 64, 1])
  .conv(8, 3, { stride: 2 })
  .relu()
  .conv(16, 3)
  .relu()
  .maxPool(2)
  .conv(24, 3)
  .relu()
  .maxPool(2)
  .conv(32, 3)
  .relu()
  .maxPool(2)
  .conv(48, 3)
  .relu()
  .globalAveragePool()
  .dense(3)
  .softmax()
  .build({ seed: 1, name: 'ultrasound' });

/** Brightness and contrast differ from probe to probe. */
function augment(inputs, random) {
  const [gain, offset] = [0.8 + 0.4 * random(), 0.2 * (random() - 0.5)];
  return inputs.map((x) => x.map((v) => Math.max(-1, Math.min(1, (v + 1) * gain - 1 + offset))));
}

export default defineConfig({
  model,
  target: 'cortex-m55',
  out: 'out/ultrasound/model',
  train: 60,
  trainRate: 0.03,
  finetune: 12,
  flip: true,
  shift: 6,
  augment,
  fit: { flash: '24K', ram: '32K' },
  dataset(part, { inputs }) {
    if (part === 'validation') return undefined;
    if (!existsSync(`${folder}/${part}-x.npy`))
      throw new Problem('file-missing', 'there are no pictures', folder, 'run node examples/ultrasound/prepare.mjs');
    const [data, labels] = [`${folder}/${part}-x.npy`, `${folder}/${part}-y.npy`];
    return openDataset({ data: [data], labels, inputs, feed: { mean: 128, scale: 1 / 128 } });
  },
});
