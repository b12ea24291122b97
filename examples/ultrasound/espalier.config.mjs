// A small classifier of breast ultrasound, described here; `prepare.mjs` writes the pictures that it reads.
import { existsSync } from 'node:fs';
import { defineConfig, network, openDataset, Problem } from 'espalier';

const folder = 'out/ultrasound';

/** Two convolutions that look at every pixel, then separable ones that grow wider as the picture gets smaller. */
const model = network([64, 64, 1])
  .conv(8, 3, { stride: 2 })
  .relu()
  .conv(16, 3, { stride: 2 })
  .relu()
  .depthwise(3)
  .relu()
  .conv(32, 1)
  .relu()
  .depthwise(3, { stride: 2 })
  .relu()
  .conv(48, 1)
  .relu()
  .residual((block) => block.depthwise(3).relu().conv(48, 1).relu())
  .depthwise(3, { stride: 2 })
  .relu()
  .conv(64, 1)
  .relu()
  .globalAveragePool()
  .dense(3)
  .softmax()
  .build({ seed: 1, name: 'ultrasound' });

export default defineConfig({
  model,
  target: 'cortex-m55',
  out: 'out/ultrasound/model',
  fit: { flash: '64K', ram: '64K' },
  dataset(part, { inputs }) {
    if (part === 'validation') return undefined;
    if (!existsSync(`${folder}/${part}-x.npy`))
      throw new Problem('file-missing', 'there are no pictures', folder, 'run node examples/ultrasound/prepare.mjs');
    const [data, labels] = [`${folder}/${part}-x.npy`, `${folder}/${part}-y.npy`];
    return openDataset({ data: [data], labels, inputs, feed: { mean: 128, scale: 1 / 128 } });
  },
});
