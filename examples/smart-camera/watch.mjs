// Person detection on a simulated Cortex-M7: `node examples/smart-camera/watch.mjs PICTURE.png|jpg ...`.
// Compiles the model, builds a firmware of it, and shows the pictures to it.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, Problem, readImage, runFirmware, writeFolder } from 'espalier';

const here = fileURLToPath(new URL('.', import.meta.url));
const side = 96;

/** The bytes of a file. */
function readFile(path) {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    throw new Problem('picture', 'cannot be read', path, 'give the path of a PNG or JPEG file');
  }
}

/** The middle square of a picture, averaged down (or repeated up) to 96x96 RGB. */
export function toSquare({ width, height, channels, data }) {
  const crop = Math.min(width, height);
  const [left, top] = [(width - crop) >> 1, (height - crop) >> 1];
  const edge = (i) => Math.floor((i * crop) / side);
  const square = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let c = 0; c < 3; c++) {
        let [sum, count] = [0, 0];
        for (let v = edge(y); v < Math.max(edge(y) + 1, edge(y + 1)); v++)
          for (let u = edge(x); u < Math.max(edge(x) + 1, edge(x + 1)); u++, count++)
            sum += data[((top + v) * width + left + u) * channels + (c % channels)];
        square[(y * side + x) * 3 + c] = Math.round(sum / count);
      }
  return square;
}

/** What the firmware tells of each picture of 96x96 RGB bytes: `person 97 %` or `nobody 88 %`. */
export async function watch(pictures, out = 'out/smart-camera') {
  const { files } = await compile(join(here, 'person.tflite'), { target: 'cortex-m7', name: 'person' });
  writeFolder(out, files);
  const told = runFirmware(out, [join(here, 'firmware', 'main.c')], Buffer.concat(pictures));
  return told.toString().trimEnd().split('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const paths = process.argv.slice(2);
  try {
    if (!paths.length)
      throw new Problem(
        'usage',
        'give pictures',
        undefined,
        'node examples/smart-camera/watch.mjs PICTURE.png|jpg ...',
      );
    const pictures = [];
    for (const path of paths) pictures.push(toSquare(await readImage(readFile(path), path)));
    const told = await watch(pictures);
    paths.forEach((path, i) => {
      console.log(`${basename(path).padEnd(30)} ${told[i]}`);
    });
  } catch (error) {
    console.error(error instanceof Problem ? `watch: ${error.line}` : error);
    process.exitCode = 2;
  }
}
