// Ties pictures, sound and networks together.
import { coefficients, frames, mfcc, quantised } from './mfcc.mjs';
import { Panel } from './panel.mjs';
import { side, toInput, toPixels } from './picture.mjs';
import { startCamera, startMicrophone } from './sources.mjs';
import { loudestSecond, readWav, resample } from './wav.mjs';

// Time for the race, in ms: of a file, and of every frame or second that a device gives.
const [longRace, shortRace] = [600, 20];
const most = 2048;
const words = ['down', 'go', 'left', 'no', 'off', 'on', 'right', 'stop', 'up', 'yes', 'silence', 'unknown'];

/** Pixels of what a canvas can draw; what is very large is made smaller. */
function pixelsOf(source, width, height) {
  const by = Math.min(1, most / Math.max(width, height));
  const [w, h] = [width, height].map((n) => Math.max(1, Math.round(n * by)));
  const context = new OffscreenCanvas(w, h).getContext('2d', { willReadFrequently: true });
  context.drawImage(source, 0, 0, w, h);
  return context.getImageData(0, 0, w, h);
}

function showPicture(panel, source, width, height, budget) {
  const input = toInput(pixelsOf(source, width, height));
  const canvas = panel.section.querySelector('canvas');
  canvas.getContext('2d').putImageData(new ImageData(toPixels(input), side), 0, 0);
  canvas.setAttribute('aria-label', 'What the network sees: the middle square of the picture, 96 x 96 pixels');
  panel.show(input, budget);
}

async function readPicture(panel, file) {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(`${file.name} is no picture that this browser can read.`);
  });
  showPicture(panel, bitmap, bitmap.width, bitmap.height, longRace);
  bitmap.close();
}

async function watch(panel) {
  const video = panel.section.querySelector('video');
  const show = (...frame) => showPicture(panel, ...frame, shortRace);
  const stop = await startCamera(video, show, () => panel.lost());
  video.hidden = false;
  return () => {
    stop();
    video.hidden = true;
  };
}

/** Features as a picture, a pixel each, time to the right, from the least to the greatest; the first, loudness, is left out. */
function drawFeatures(canvas, input) {
  const context = canvas.getContext('2d');
  const shown = input.filter((_, i) => i % coefficients);
  const [least, greatest] = [Math.min(...shown), Math.max(...shown)];
  for (let t = 0; t < frames; t++)
    for (let c = 1; c < coefficients; c++) {
      const light = (input[t * coefficients + c] - least) / Math.max(1, greatest - least);
      context.fillStyle = `hsl(140 45% ${Math.round(8 + 80 * light)}%)`;
      context.fillRect(t, coefficients - 1 - c, 1, 1);
    }
  canvas.setAttribute('aria-label', 'Features of the sound over one second, as the network hears them');
}

function showSound(panel, samples, rate, budget) {
  const input = quantised(mfcc(loudestSecond(resample(samples, rate))), panel.input);
  drawFeatures(panel.section.querySelector('canvas'), input);
  panel.show(input, budget);
}

async function readSound(panel, file) {
  const { samples, rate } = readWav(await file.arrayBuffer());
  showSound(panel, samples, rate, longRace);
}

const panels = {
  person: new Panel(document.querySelector('#person'), {
    ...{ labels: ['nobody', 'person'], what: 'camera', start: watch, read: readPicture },
  }),
  word: new Panel(document.querySelector('#word'), {
    ...{ labels: words, what: 'microphone', read: readSound },
    start: (panel) =>
      startMicrophone(
        (samples, rate) => showSound(panel, samples, rate, shortRace),
        () => panel.lost(),
      ),
  }),
};

try {
  const response = await fetch('models.json');
  if (!response.ok) throw new Error(`models.json gives status ${response.status}`);
  const entries = await response.json();
  for (const [name, panel] of Object.entries(panels)) void panel.load(entries[name]);
} catch (error) {
  for (const panel of Object.values(panels)) panel.say(`The models cannot be loaded: ${error.message}`, true);
}
