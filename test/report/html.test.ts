import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { count } from '../../src/report/html/format.js';
import { renderReport } from '../../src/report/html/page.js';
import type { Report } from '../../src/report/report.js';
import type { Sweep } from '../../src/report/sweep.js';
import { chromiumCommand, launch, noChromium } from '../support/browser.js';
import { workFolder } from '../support/folder.js';

const folder = workFolder();
afterAll(folder.dispose);

/** Names of layers and models are the user's. */
const hostile = `</script><img src=x onerror="alert(1)">&'"{{x}}`;

const point = (series: string, sparsity: number, accuracy: number, bytes: number) => ({
  ...{ series, asked: sparsity, sparsity, accuracy, ram: { arena: 11072 }, cycles: null },
  flash: { weights: bytes, code: 9000 },
  instructions: 70 * bytes,
});

const sweepOf = ({ model, target, espalier }: Report): Sweep => ({
  ...{ schema: 1, espalier, model, target, optimize: 'balanced', metric: 'top-1 %', samples: 1000, failed: [] },
  points: [
    point('dense', 0, 90.1, 34108),
    point('auto', 0.5, 89.2, 30000),
    point('auto', 0.8, 80.4, 23108),
    point(hostile, 0.5, 85, 29000),
  ],
});

let report: Report;
let html: string;
let files: { good: string; bad: string };

beforeAll(async () => {
  const compiled = await compile('examples/keyword-spotting/kws.tflite', {
    ...{ target: 'cortex-m4', name: 'kws', fit: { flash: 49152, cycles: 4_000_000 } },
    prune: { sparsity: 0.8 },
  });
  report = { ...compiled.report, accuracy: { metric: 'top-1 %', samples: 1000, dense: 90.1, compiled: 80.4 } };
  html = await renderReport(report, sweepOf(report));
  const bad = {
    ...report,
    model: { ...report.model, name: hostile },
    layers: report.layers.map((l) => ({ ...l, name: hostile })),
    steps: report.steps.map(() => hostile),
    memory: report.memory.map((b) => ({ ...b, name: hostile })),
    pruning: { ...report.pruning!, warnings: [hostile] },
  };
  files = { good: folder.path('good.html'), bad: folder.path('bad.html') };
  writeFileSync(files.good, html);
  writeFileSync(files.bad, await renderReport(bad, sweepOf(report)));
  expect(compiled.files.get('report.html')).toBe(await renderReport(compiled.report));
});

describe('the page as text', () => {
  test('is small, and refers to nothing outside', () => {
    expect(html.length).toBeLessThan(150_000);
    const addresses = [...html.matchAll(/\s(?:src|href)="([^"]*)"|url\(["']?([^"')]+)/g)].map((m) => m[1] ?? m[2]!);
    expect(addresses.length).toBeGreaterThan(5);
    expect(addresses.filter((a) => !a.startsWith('data:'))).toEqual([]);
    expect(html).not.toMatch(/https?:/);
  });

  test('is the same every time', async () => {
    expect(await renderReport(report, sweepOf(report))).toBe(html);
  });

  test("escapes what is the user's", () => {
    const bad = readFileSync(files.bad, 'utf8');
    expect(bad).not.toContain('<img src=x');
    expect(bad.match(/<script>/g)).toHaveLength(1);
  });

  test('does without a sweep, weights, estimates or a known target', async () => {
    const { totals } = report;
    const bare = {
      ...{ ...report, target: 'elsewhere', accuracy: null, pruning: null, memory: [] },
      budget: { flash: null, ram: null, cycles: null },
      stages: report.stages.map((s) => ({ ...s, bytes: null, arena: null, instructions: null })),
      layers: report.layers.map((l) => ({ ...l, instructions: { estimated: null, measured: null }, weightMap: null })),
      totals: {
        ...totals,
        flash: { ...totals.flash, codeEstimated: null },
        instructions: { estimated: null, measured: null },
        cycles: { estimated: null, waitStates: 0 },
      },
    };
    expect(await renderReport(bare)).toContain('elsewhere');
  });
});

/** Share of the pixels that differ from the most frequent colour, and the mean brightness, 0 to 255. */
function look(png: Buffer): { drawn: number; light: number } {
  const { data } = PNG.sync.read(png);
  const counts = new Map<number, number>();
  let light = 0;
  for (let i = 0; i < data.length; i += 4) {
    const color = (data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!;
    counts.set(color, (counts.get(color) ?? 0) + 1);
    light += (data[i]! + data[i + 1]! + data[i + 2]!) / 3;
  }
  const pixels = data.length / 4;
  return { drawn: 1 - Math.max(...counts.values()) / pixels, light: light / pixels };
}

const contrast = readFileSync('test/report/contrast.js', 'utf8');

if (!chromiumCommand) console.warn(`skipped: ${noChromium}`);

describe.skipIf(!chromiumCommand)('in Chromium', () => {
  let browser: Browser;
  const trouble: string[] = [];
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  /** Opens a page; errors, dialogs and requests for anything but the file itself are kept in `trouble`. */
  async function open(file: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
    const page = await context.newPage();
    page.on('console', (m) => trouble.push(m.text()));
    page.on('pageerror', (e) => trouble.push(e.message));
    page.on('dialog', (d) => {
      trouble.push(`dialog ${d.message()}`);
      void d.dismiss();
    });
    const own = pathToFileURL(file).href;
    page.on('request', (r) => {
      if (r.url() !== own && !r.url().startsWith('data:')) trouble.push(r.url());
    });
    await page.goto(own);
    return page;
  }

  test.each(['light', 'dark'] as const)('%s: drawn, readable, without errors or requests', async (colorScheme) => {
    const page = await open(files.good, { colorScheme });
    const screenshot = await page.screenshot({ fullPage: true });
    if (process.env.ESPALIER_SCREENSHOTS) {
      mkdirSync(process.env.ESPALIER_SCREENSHOTS, { recursive: true });
      writeFileSync(join(process.env.ESPALIER_SCREENSHOTS, `report-${colorScheme}.png`), screenshot);
    }
    const { drawn, light } = look(screenshot);
    expect(drawn).toBeGreaterThan(0.1);
    if (colorScheme === 'light') expect(light).toBeGreaterThan(200);
    else expect(light).toBeLessThan(60);
    const { checked, poor } = await page.evaluate<{ checked: number; poor: string[] }>(contrast);
    expect(checked).toBeGreaterThan(100);
    expect(poor).toEqual([]);
    expect(trouble).toEqual([]);
    await page.context().close();
  });

  test('tells the figures of the report', async () => {
    const page = await open(files.good);
    const text = await page.textContent('body');
    const { totals, layers } = report;
    const figures = [totals.liveMacs, totals.flash.weights, totals.ram.arena, totals.instructions.estimated!].map(
      count,
    );
    for (const words of [report.model.name, 'cortex-m4', '80.4 %', '−9.7 points', ...figures])
      expect(text).toContain(words);
    for (const { name } of layers) expect(text).toContain(name);
    expect(await page.locator('table.layers tbody tr').count()).toBe(layers.length);
    expect(await page.locator('.maps img').count()).toBe(layers.filter((l) => l.weights).length);
    expect(await page.locator('.memory rect').count()).toBe(report.memory.filter((b) => b.bytes).length);
    expect(await page.locator('.charts circle').count()).toBe(8);
    await page.context().close();
  });

  test('gives pictures alternatives, tables headings, and no picture is broken', async () => {
    const page = await open(files.good);
    const alts = await page.evaluate<string[]>('[...document.images].map((i) => i.alt)');
    expect(alts.every((alt) => alt.startsWith('Weights of '))).toBe(true);
    expect(await page.evaluate('[...document.images].every((i) => i.naturalWidth > 0)')).toBe(true);
    expect(await page.locator('svg[role=img]:not([aria-label])').count()).toBe(0);
    expect(await page.locator('th:not([scope])').count()).toBe(0);
    await page.context().close();
  });

  test.each([320, 390, 768])('needs no scrolling sideways at %i pixels', async (width) => {
    for (const file of [files.good, files.bad]) {
      const page = await open(file, { viewport: { width, height: 844 }, isMobile: true });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      await page.context().close();
    }
  });

  test('sorts the layers on a click, either way', async () => {
    const page = await open(files.good);
    const bytes = () =>
      page
        .locator('table.layers tbody tr td:nth-child(6)')
        .evaluateAll((all) => all.map((e) => Number(e.textContent!.replace(/,/g, ''))));
    const inOrder = report.layers.map((l) => l.bytes);
    expect(await bytes()).toEqual(inOrder);
    const button = page.locator('table.layers').getByRole('button', { name: 'Bytes' });
    await button.click();
    expect(await bytes()).toEqual([...inOrder].sort((a, b) => b - a));
    expect(await page.locator('table.layers th[aria-sort=descending]').textContent()).toBe('Bytes');
    await button.click();
    expect(await bytes()).toEqual([...inOrder].sort((a, b) => a - b));
    await page.context().close();
  });

  test('says the same without JavaScript, but for the sorting', async () => {
    const [plain, scripted] = [await open(files.good, { javaScriptEnabled: false }), await open(files.good)];
    expect(await plain.textContent('main')).toBe(await scripted.textContent('main'));
    await plain.context().close();
    await scripted.context().close();
  });

  test('runs nothing that a name holds', async () => {
    const page = await open(files.bad);
    expect(await page.textContent('h1')).toContain(hostile);
    expect(await page.locator('img:not([src^="data:"])').count()).toBe(0);
    expect(trouble).toEqual([]);
    await page.context().close();
  });

  test('prints', async () => {
    const page = await open(files.good);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.length).toBeGreaterThan(20_000);
    await page.context().close();
  });
});
