// Breast ultrasound at 64x64 as files that Espalier reads: `node examples/ultrasound/prepare.mjs [FOLDER]`.
// The pictures are not part of this repository; where they are absent this says so and does nothing.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readLabels, readSamples, writeNpy } from 'espalier';

/** Where the pictures lie unless told otherwise: beside the repository. */
export const usual = fileURLToPath(new URL('../../../shared/data/ultrasound_busi', import.meta.url));
export const classes = ['normal', 'benign', 'malignant'];

/** Some of the samples, as an array [count, 64, 64, 1] of pixels 0 to 255, and their classes. */
function part(x, y, numbers) {
  const pixels = new Uint8Array(numbers.length * 64 * 64);
  numbers.forEach((n, i) => {
    pixels.set(x.at(n), i * 64 * 64);
  });
  const labels = Int32Array.from(numbers, (n) => y[n]);
  return { pixels, labels };
}

/**
 * Writes train-x.npy, train-y.npy, test-x.npy and test-y.npy.
 * @returns the number of pictures of each class in each part; undefined where there are no pictures
 */
export async function prepare(source = usual, out = 'out/ultrasound') {
  if (!existsSync(join(source, 'x_64.npy.gz'))) return undefined;
  const x = await readSamples(join(source, 'x_64.npy.gz'));
  const y = await readLabels(join(source, 'y.npy.gz'));
  const isTest = await readLabels(join(source, 'split_test.npy.gz'));
  mkdirSync(out, { recursive: true });
  const counts = {};
  for (const [name, wanted] of [
    ['train', 0],
    ['test', 1],
  ]) {
    const numbers = Array.from(y.keys()).filter((i) => isTest[i] === wanted);
    const { pixels, labels } = part(x, y, numbers);
    writeFileSync(join(out, `${name}-x.npy`), writeNpy(pixels, [numbers.length, 64, 64, 1]));
    writeFileSync(join(out, `${name}-y.npy`), writeNpy(labels, [numbers.length]));
    counts[name] = classes.map((_, c) => labels.filter((label) => label === c).length);
  }
  return counts;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const source = process.argv[2] ?? usual;
  const counts = await prepare(source);
  if (!counts)
    console.log(`skipped: there are no ultrasound pictures in ${source}; examples/ultrasound/README.md tells more`);
  else
    for (const [name, list] of Object.entries(counts))
      console.log(`${name}: ${list.map((n, c) => `${n} ${classes[c]}`).join(', ')}`);
}
