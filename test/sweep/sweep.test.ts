import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Ajv from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { readLabels, readSamples } from '../../src/data/open.js';
import { allOf } from '../../src/data/samples.js';
import type { Sweep } from '../../src/report/sweep.js';
import { readNpy, writeNpy } from '../../src/support/npy.js';
import { identity, pointName, type SweepRequest, wantedPoints } from '../../src/sweep/points.js';
import { workFolder } from '../support/folder.js';

const folder = workFolder();
afterAll(folder.dispose);

const example = 'examples/keyword-spotting';
const model = `${example}/kws.tflite`;
const command = resolve('bin/espalier.js');
const count = 12;

beforeAll(async () => {
  const samples = await readSamples(`${example}/samples.npy.gz`);
  const labels = await readLabels(`${example}/labels.npy.gz`);
  const few = Int8Array.from(allOf({ ...samples, count }));
  writeFileSync(folder.path('x.npy'), writeNpy(few, [count, 49, 10, 1]));
  writeFileSync(folder.path('y.npy'), writeNpy(labels.slice(0, count), [count]));
  writeFileSync(folder.path('a-file'), 'x');
});

const common = (out: string) => [
  ...['sweep', model, '--target', 'cortex-m4', '--out', folder.path(out), '--data', folder.path('x.npy')],
  ...['--pattern', 'unstructured', '--labels', folder.path('y.npy')],
];
const espalier = (...args: string[]) => spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' });
const pointsOf = (out: string): string[] =>
  existsSync(folder.path(out, 'points'))
    ? readdirSync(folder.path(out, 'points')).filter((f) => f.endsWith('.json'))
    : [];
const sweepOf = (out: string): Sweep => JSON.parse(readFileSync(folder.path(out, 'sweep.json'), 'utf8'));

/** Starts the command and waits until a condition holds; its end is a failure. */
async function startUntil(args: readonly string[], ready: () => boolean): Promise<ChildProcess> {
  const child = spawn(process.execPath, [command, ...args], { stdio: 'ignore' });
  while (!ready()) {
    expect(child.exitCode, 'ended too early').toBeNull();
    await sleep(20);
  }
  return child;
}

const end = (child: ChildProcess): Promise<number | null> =>
  new Promise((done) => child.on('exit', (code) => done(code)));

describe('a sweep', () => {
  test('goes on where it was killed, and gives what a compilation gives', async () => {
    const args = [...common('killed'), '--sparsity', '0.5,0.8', '--jobs', '1'];
    const child = await startUntil(args, () => pointsOf('killed').length > 0);
    const ended = end(child);
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(folder.path('killed', 'sweep.json'))).toBe(false);
    const before = pointsOf('killed');
    expect(before.length).toBeLessThan(3);
    const written = statSync(folder.path('killed', 'points', before[0]!)).mtimeMs;

    const { status, stdout, stderr } = espalier(...args, '--json');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(JSON.parse(stdout).resumed).toBe(before.length);
    expect(statSync(folder.path('killed', 'points', before[0]!)).mtimeMs).toBe(written);
    expect(readdirSync(folder.path('killed')).sort()).toEqual(['points', 'sweep.csv', 'sweep.json']);

    const sweep = sweepOf('killed');
    const validate = new Ajv.default({ strict: false }).compile(
      JSON.parse(readFileSync('schema/sweep.schema.json', 'utf8')),
    );
    expect(validate(sweep), JSON.stringify(validate.errors)).toBe(true);
    expect(sweep.points.map((p) => [p.series, p.asked])).toEqual([
      ['dense', 0],
      ['unstructured', 0.5],
      ['unstructured', 0.8],
    ]);
    const labels = await readLabels(folder.path('y.npy'));
    const x = readNpy(new Uint8Array(readFileSync(folder.path('x.npy'))), 'x').data as Int8Array;
    const { report } = await compile(model, {
      ...{ target: 'cortex-m4', html: false, prune: { sparsity: 0.8, pattern: 'unstructured' } },
      labelled: { count, sample: (i) => [x.slice(490 * i, 490 * (i + 1))], labels },
    });
    expect(sweep.points[2]).toMatchObject({
      accuracy: report.accuracy!.compiled,
      flash: { weights: report.totals.flash.weights },
      ram: { arena: report.totals.ram.arena },
      instructions: report.totals.instructions.estimated,
    });
    expect(sweep.points[2]!.flash.weights).toBeLessThan(sweep.points[0]!.flash.weights);
    const lines = readFileSync(folder.path('killed', 'sweep.csv'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^dense,0,/);
  });

  test('tells points that failed and keeps them out: exit 1; the others are taken as found', () => {
    const args = [...common('killed'), '--sparsity', '0.5,0.8', '--pattern', 'unstructured,300x300'];
    const { status, stdout, stderr } = espalier(...args);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^espalier: point 300x300 0\.5 failed: .*\nespalier: point 300x300 0\.8 failed: .*\n$/);
    expect(stdout).toMatch(/taken as found +3/);
    const sweep = sweepOf('killed');
    expect(sweep.points).toHaveLength(3);
    expect(sweep.failed.map((f) => f.series)).toEqual(['300x300', '300x300']);
  });

  test('is a curve of the report', () => {
    espalier('compile', model, '--out', folder.path('kws'), '--no-html', '--quiet', '--target', 'cortex-m4');
    const { status } = espalier('report', folder.path('kws'), '--sweep', folder.path('killed', 'sweep.json'));
    expect(status).toBe(0);
    expect(readFileSync(folder.path('kws', 'report.html'), 'utf8')).toContain('Accuracy against flash');
  });

  test('a signal ends it and its processes', async () => {
    const out = 'stopped';
    const child = await startUntil(common(out), () => existsSync(folder.path(out, 'work')));
    const ended = end(child);
    child.kill('SIGTERM');
    expect(await ended).toBe(2);
    expect(existsSync(folder.path(out, 'work'))).toBe(false);
    expect(pointsOf(out)).toEqual([]);
  });
});

describe('points', () => {
  test('n:m patterns know but one share', () => {
    expect(wantedPoints(['auto', '2:4'], [0.5, 0.7])).toEqual([
      { series: 'dense', asked: 0 },
      { series: 'auto', asked: 0.5 },
      { series: 'auto', asked: 0.7 },
      { series: '2:4', asked: 0.5 },
    ]);
  });

  test('are named by all that they hang on, by content and not by path', async () => {
    for (const name of ['a', 'b', 'c']) mkdirSync(folder.path(name));
    for (const name of ['a', 'b']) writeFileSync(folder.path(name, 'x.npy'), 'same');
    writeFileSync(folder.path('c', 'x.npy'), 'other');
    const request = (path: string, more: Partial<SweepRequest> = {}): SweepRequest => ({
      ...{ model: folder.path(path, 'x.npy'), target: 'host', optimize: 'balanced', optimizeRam: false },
      ...{ data: [folder.path(path)], waitStates: 0, seed: 1 },
      ...more,
    });
    const name = async (r: SweepRequest, asked = 0.5) => pointName(await identity(r), { series: 'auto', asked });
    expect(await name(request('a'))).toBe(await name(request('b')));
    const others = await Promise.all([
      name(request('c')),
      name(request('a', { seed: 2 })),
      name(request('a', { target: 'cortex-m4' })),
      name(request('a', { calibrate: [folder.path('c')] })),
      name(request('a'), 0.6),
    ]);
    expect(new Set([await name(request('a')), ...others]).size).toBe(6);
  });
});

describe('wrong use and bad input: exit 2, one line, nothing started', () => {
  const without = (option: string) => {
    const args = common('bad');
    args.splice(args.indexOf(option), 2);
    return args;
  };
  test.each<[string, () => string[], RegExp]>([
    ['no labels', () => without('--labels'), /--labels Y\.npy/],
    ['no data', () => without('--data'), /--data/],
    ['share of 1', () => [...common('bad'), '--sparsity', '0.5,1'], /--sparsity/],
    ['no pattern', () => [...common('bad'), '--pattern', 'stripes'], /no pattern/],
    ['no jobs', () => [...common('bad'), '--jobs', '0'], /--jobs/],
    ['labels as samples', () => [...without('--data'), '--data', folder.path('y.npy')], /y\.npy/],
    ['output is a file', () => [...without('--out'), '--out', folder.path('a-file')], /not a folder/],
    ['unknown target', () => [...common('bad'), '--target', 'z80'], /choose one of/],
  ])('%s', (_, args, what) => {
    const { status, stdout, stderr } = espalier(...args());
    expect(stderr).toMatch(what);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).not.toMatch(/internal error/);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(existsSync(folder.path('bad'))).toBe(false);
  });
});
