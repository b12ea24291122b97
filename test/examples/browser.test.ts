import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from '../../examples/browser/build.mjs';
import { mfcc, quantised } from '../../examples/browser/page/mfcc.mjs';
import { toInput, toPixels } from '../../examples/browser/page/picture.mjs';
import { loudestSecond, readWav, resample } from '../../examples/browser/page/wav.mjs';
import { serve } from '../../examples/browser/serve.mjs';
import { readNpy } from '../../src/support/npy.js';
import { chromiumCommand, launch, noChromium } from '../support/browser.js';
import { workFolder } from '../support/folder.js';
import { hasShared, shared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const input = { scale: 0.5847029089927673, zeroPoint: 83 };
const words = readFileSync('examples/keyword-spotting/words.txt', 'utf8').trim().toLowerCase().split(/\s+/);
const wav = (word: string): string => `examples/keyword-spotting/audio/${word}.wav`;
const bufferOf = (file: Uint8Array): ArrayBuffer => new Uint8Array(file).buffer;

describe('what the page makes of its input', () => {
  test.skipIf(!hasShared)('the features of the training data: all 47,040 int8 values of 96 recordings', () => {
    const data = (name: string) =>
      readNpy(new Uint8Array(gunzipSync(readFileSync(shared(`data/kws/${name}.npy.gz`)))), name).data;
    const [audio, features] = [data('audio96_int16') as Int16Array, data('audio96_mfcc_f32') as Float32Array];
    const wrong = Array.from({ length: 96 }, (_, i) => {
      const wanted = quantised(features.subarray(490 * i, 490 * (i + 1)), input);
      const got = quantised(mfcc(audio.subarray(16000 * i, 16000 * (i + 1))), input);
      return got.filter((v, k) => v !== wanted[k]).length;
    });
    expect(features).toHaveLength(96 * 490);
    expect(wrong).toEqual(new Array(96).fill(0));
  });

  test('sound of other rates and formats', () => {
    const tone = (rate: number) => Float32Array.from({ length: rate }, (_, i) => Math.sin((2e3 * Math.PI * i) / rate));
    for (const rate of [8000, 44100, 48000]) {
      const got = resample(tone(rate), rate);
      const wanted = tone(16000);
      expect(got).toHaveLength(16000);
      for (let i = 200; i < 15800; i++) expect(Math.abs(got[i]! - wanted[i]!)).toBeLessThan(0.01);
    }
    const long = new Float32Array(48000);
    long[40000] = 1;
    expect(loudestSecond(long).filter((v) => v === 1)).toHaveLength(1);
    expect(loudestSecond(new Float32Array(5).fill(1)).filter((v) => v === 1)).toHaveLength(5);
    expect(() => readWav(new ArrayBuffer(3))).toThrow('no WAV file');
    const samples = new Int16Array(bufferOf(readFileSync(wav('left'))), 44, 16000);
    expect(readWav(bufferOf(readFileSync(wav('left')))).samples).toEqual(Float32Array.from(samples, (v) => v / 32768));
  });
});

describe('the commands', () => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return `${status} ${stdout}${stderr}`.trim();
  };
  const [build_, serve_] = ['examples/browser/build.mjs', 'examples/browser/serve.mjs'];

  test('refuse what they do not know', () => {
    const usage = 'usage: node examples/browser/build.mjs [--quick] [FOLDER]';
    expect(run(build_, '--help')).toBe(`0 ${usage}`);
    expect(run(build_, '--quik')).toBe(`2 build: Unknown option '--quik'; ${usage}`);
    expect(run(build_, 'a', 'b')).toBe(`2 build: there is one word too many: 'b'; ${usage}`);
    expect(run(serve_, '--open')).toContain("2 serve: Unknown option '--open'; usage:");
    expect(run(serve_, folder.path('x'), 'http')).toContain("2 serve: 'http' is no port");
    expect(run(serve_, folder.path('x'))).toContain('there is no page');
  });

  test('leave alone what is not theirs', async () => {
    const own = folder.path('own');
    const refused = (path: string) =>
      expect(build(own)).rejects.toThrow(`holds what this example did not write: ${join(own, path)}`);
    mkdirSync(join(own, 'models', 'mine'), { recursive: true });
    writeFileSync(join(own, 'index.html'), 'mine');
    await refused('index.html');
    writeFileSync(join(own, 'models.json'), '{}');
    await refused(join('models', 'mine'));
    rmSync(join(own, 'models', 'mine'), { recursive: true });
    writeFileSync(join(own, 'notes.txt'), 'mine');
    await refused('notes.txt');
    await expect(build(join(own, 'index.html'))).rejects.toThrow('is a file, not a folder');
    expect(readFileSync(join(own, 'index.html'), 'utf8')).toBe('mine');
    const broken = build(folder.path('broken'), { quick: true, say: () => expect.fail('broken off') });
    await expect(broken).rejects.toThrow('broken off');
    expect(readdirSync(folder.path('.')).filter((name) => name.includes('broken'))).toEqual([]);
  });
});

if (!chromiumCommand) console.warn(`skipped: ${noChromium}`);

/** A picture of lines and colours. */
function picture(width: number, height: number): PNG {
  const png = new PNG({ width, height });
  for (let i = 0; i < width * height; i++) png.data.set([(i * 7) & 255, (i / width) & 255, (i % 31) * 8, 255], 4 * i);
  return png;
}

/** What the tests use of an emitted loader. */
interface Loader {
  load(): Promise<{ run(x: Int8Array): Int8Array }>;
  readonly outputs: readonly [{ readonly scale: number; readonly zeroPoint: number }];
}

describe.skipIf(!chromiumCommand)('the page in Chromium', () => {
  const dir = folder.path('page');
  const trouble: string[] = [];
  let [browser, server]: [Browser, Server] = [undefined!, undefined!];
  let url = '';
  beforeAll(async () => {
    mkdirSync(dir); // as an earlier build left it: it is replaced
    for (const name of ['models.json', 'index.html', 'style.css']) writeFileSync(join(dir, name), 'old');
    await build(dir, { quick: true });
    expect(existsSync(join(dir, 'wav.d.mts'))).toBe(false);
    ({ server, url } = await serve(dir, 0));
    browser = await launch(['--use-fake-device-for-media-stream']);
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  /** Opens the page, waits until the models are there; errors and foreign requests are kept in `trouble`. */
  async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
    const page = await context.newPage();
    page.on('console', (m) => trouble.push(m.text()));
    page.on('pageerror', (e) => trouble.push(e.message));
    page.on('request', (r) => {
      if (!r.url().startsWith(url) && !/^(data|blob):/.test(r.url())) trouble.push(r.url());
    });
    await page.goto(url);
    for (const id of ['person', 'word']) await page.locator(`#${id} button:enabled`).waitFor();
    return page;
  }

  /** Scores of both networks of a kind, computed here. */
  async function expected(name: string, x: Int8Array): Promise<number[][]> {
    const result: number[][] = [];
    for (const kind of ['dense', 'pruned']) {
      const path = pathToFileURL(join(dir, 'models', `${name}-${kind}`, `${name}.js`)).href;
      const loader = (await import(/* @vite-ignore */ path)) as Loader;
      const { scale, zeroPoint } = loader.outputs[0];
      result.push(Array.from((await loader.load()).run(x), (v) => scale * (v - zeroPoint)));
    }
    return result;
  }

  /** Gives a file to one half of the page, and reads its table. */
  async function feed(page: Page, id: string, file: { name: string; mimeType: string; buffer: Buffer } | string) {
    await page.locator(`#${id} input`).setInputFiles(file);
    await page.locator(`#${id} td[data-scores]`).nth(1).waitFor();
    await page.waitForFunction(`/network/.test(document.querySelector('#${id} .status').textContent)`);
    const cells = (n: number) => page.locator(`#${id} tbody td:nth-child(${n})`).allTextContents();
    const scores = await page.evaluate<number[][]>(
      `[...document.querySelectorAll('#${id} td[data-scores]')].map((e) => JSON.parse(e.dataset.scores))`,
    );
    const [results, times, runs] = [await cells(2), await cells(3), await cells(4)];
    return { scores, results, times, runs, status: await page.locator(`#${id} .status`).textContent() };
  }

  test.each(['light', 'dark'] as const)('%s: results are those of Node, times are there', async (colorScheme) => {
    const page = await open({ colorScheme });
    const png = picture(320, 200);
    const file = { name: 'lines.png', mimeType: 'image/png', buffer: PNG.sync.write(png) };
    const seen = await feed(page, 'person', file);
    const heard = await feed(page, 'word', wav('left'));
    const sound = quantised(mfcc(loudestSecond(readWav(bufferOf(readFileSync(wav('left')))).samples)), input);
    expect(seen.scores).toEqual(await expected('person', toInput(png)));
    expect(heard.scores).toEqual(await expected('word', sound));
    expect(heard.results[0]).toMatch(/^left \d+ %$/);
    for (const { scores, results, times, runs, status } of [seen, heard]) {
      expect(status).toMatch(/^(Both networks: \w+|The networks differ: dense \w+, pruned \w+)\.$/);
      const named = scores === seen.scores ? ['nobody', 'person'] : words;
      scores.forEach((s, i) => {
        const top = s.indexOf(Math.max(...s));
        expect(results[i]).toBe(`${named[top]} ${Math.round(100 * s[top]!)} %`);
      });
      for (const t of times) expect(Number(/^([\d.]+) ms$/.exec(t)![1])).toBeGreaterThan(0.001);
      const bars = await page.evaluate<number[]>(
        `[...document.querySelectorAll('#${named === words ? 'word' : 'person'} .bar')].map((e) => parseFloat(e.style.width))`,
      );
      const [a, b] = times.map((t) => Number.parseFloat(t));
      // Times are shown with three digits or so: what is made of them agrees to some percent.
      expect((bars[0]! / bars[1]!) * (b! / a!)).toBeCloseTo(1, 1);
      const compared = await page.locator(`#${named === words ? 'word' : 'person'} .compare`).textContent();
      const [, time, bytes] = /^Pruned takes (\d+) % of the time and (\d+) % of the bytes of dense\.$/.exec(compared!)!;
      expect(Math.abs(Number(time) - (100 * b!) / a!)).toBeLessThan(1 + (5 * b!) / a!);
      expect(Number(bytes)).toBeLessThan(100);
      for (const n of runs) expect(Number(n.replaceAll(',', ''))).toBeGreaterThan(0);
    }
    const { checked, poor } = await page.evaluate<{ checked: number; poor: string[] }>(
      readFileSync('test/report/contrast.js', 'utf8'),
    );
    expect([checked > 20, poor]).toEqual([true, []]);
    if (process.env.ESPALIER_SCREENSHOTS) {
      mkdirSync(process.env.ESPALIER_SCREENSHOTS, { recursive: true });
      await page.screenshot({
        path: join(process.env.ESPALIER_SCREENSHOTS, `browser-${colorScheme}.png`),
        fullPage: true,
      });
    }
    expect(trouble).toEqual([]);
    await page.context().close();
  });

  test('a denied camera, a bad file and missing models are told in words', async () => {
    const page = await open();
    for (const [id, what] of [
      ['person', 'camera'],
      ['word', 'microphone'],
    ] as const) {
      await page.locator(`#${id} button`).click();
      await page.locator(`#${id} .status.bad`).waitFor();
      expect(await page.locator(`#${id} .status`).textContent()).toContain(`The ${what} was not allowed`);
      expect(await page.locator(`#${id} button`).textContent()).toBe(`Start ${what}`);
    }
    const file = { name: 'text.wav', mimeType: 'audio/wav', buffer: Buffer.from('not a sound at all') };
    await page.locator('#word input').setInputFiles(file);
    await page.getByText('This is no WAV file.').waitFor();
    await page.locator('#person input').setInputFiles({ ...file, name: 'text.png', mimeType: 'image/png' });
    await page.getByText('text.png is no picture that this browser can read.').waitFor();
    expect(trouble).toEqual([]);
    await page.route('**/models.json', (route) => route.fulfill({ status: 404 }));
    await page.reload();
    expect(await page.getByText('The models cannot be loaded').count()).toBe(2);
    trouble.length = 0; // the browser itself tells of the 404
    await page.context().close();
  });

  test('camera and microphone, by keyboard, 360 pixels wide, without motion', async () => {
    const page = await open({
      ...{ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, reducedMotion: 'reduce' },
      permissions: ['camera', 'microphone'],
    });
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Start camera');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.labels[0].textContent')).toBe('Choose a picture');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    for (const id of ['person', 'word']) await page.locator(`#${id} td[data-scores]`).nth(1).waitFor();
    for (const width of [390, 430, 360]) {
      await page.setViewportSize({ width, height: 740 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
    expect(await page.evaluate("getComputedStyle(document.querySelector('.bar')).transitionDuration")).toBe('0s');
    if (process.env.ESPALIER_SCREENSHOTS)
      await page.screenshot({ path: join(process.env.ESPALIER_SCREENSHOTS, 'browser-phone.png'), fullPage: true });
    expect(await page.locator('.empty').count()).toBe(0);
    await page.evaluate("document.querySelector('video').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))");
    await page.getByText('The camera has stopped. Start it again, or choose a file.').waitFor();
    await page.getByRole('button', { name: 'Start camera' }).click();
    for (const what of ['camera', 'microphone']) {
      await page.getByRole('button', { name: `Stop ${what}` }).click();
      await page.getByText(`The ${what} is off.`).waitFor();
    }
    expect(await page.locator('video').isHidden()).toBe(true);
    expect(trouble).toEqual([]);
    await page.context().close();
  });

  test('a file that is chosen while the microphone starts is what counts', async () => {
    const page = await open({ permissions: ['microphone'] });
    await page.evaluate(`{
      const { mediaDevices } = navigator;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = (what) =>
        new Promise((done) => { window.allow = async () => done(window.stream = await open(what)); });
    }`);
    await page.getByRole('button', { name: 'Start microphone' }).click();
    const { status } = await feed(page, 'word', wav('left'));
    await page.evaluate('window.allow()');
    const states = () => page.evaluate('window.stream?.getTracks().map((track) => track.readyState)');
    await expect.poll(states).toEqual(['ended']);
    expect(await page.locator('#word .status').textContent()).toBe(status);
    expect(await page.locator('#word button').textContent()).toBe('Start microphone');
    await page.context().close();
  });

  test('the server gives nothing from outside its folder', async () => {
    for (const path of ['..%2fpackage.json', '%2e%2e/%2e%2e/etc/passwd', 'none.mjs', '%zz'])
      expect((await fetch(url + path)).status).toBe(404);
    const page = await fetch(url);
    expect([page.status, page.headers.get('Cross-Origin-Opener-Policy')]).toEqual([200, 'same-origin']);
  });

  test('what the network sees is what it was given', () => {
    const png = picture(96, 96);
    expect(Buffer.from(toPixels(toInput(png)))).toEqual(Buffer.from(png.data));
  });
});
