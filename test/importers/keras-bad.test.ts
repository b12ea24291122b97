/** Keras and TensorFlow.js files that are damaged, hostile, or ask for what is not there. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.js';
import { besideFile } from '../../src/importers/beside.js';
import { importModel } from '../../src/importers/index.js';
import { execute } from '../../src/ops/execute.js';
import { Problem } from '../../src/support/problem.js';
import { identity, pointName } from '../../src/sweep/points.js';
import { workFolder } from '../support/folder.js';
import { config, h5, keras, type Layer } from '../support/keras/file.js';
import { hasShared, shared } from '../support/shared.js';

const folder = workFolder();
afterAll(folder.dispose);

const input: Layer = { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, 4] } };
const dense = (name: string, units = 2, depth = 4): Layer => ({
  class_name: 'Dense',
  config: { name, units, activation: 'relu' },
  weights: [
    ['kernel', [depth, units], new Float32Array(depth * units).fill(0.5)],
    ['bias', [units], new Float32Array(units)],
  ],
});
const other = (kind: string, settings: object = {}): Layer => ({
  class_name: kind,
  config: { name: 'mine', ...settings },
});

const importLayers = async (layers: readonly Layer[]) =>
  importModel(await h5(config('Sequential', layers), layers), 'm.h5');
const problem = (code: string, text: RegExp) => expect.objectContaining({ code, line: expect.stringMatching(text) });

describe('what cannot be imported is named', () => {
  const image = { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, 4, 4, 2] } };
  test.each([
    [
      'a custom layer',
      [input, other('MyAttention')],
      'layer-unsupported',
      /layer "mine" \(MyAttention\).*custom layer/,
    ],
    ['a Lambda', [input, other('Lambda')], 'layer-unsupported', /layer "mine" \(Lambda\).*Python code/],
    ['a mask', [input, other('Masking')], 'layer-unsupported', /masks are not supported/],
    [
      'channels first',
      [image, other('Conv2D', { filters: 1, kernel_size: 1, data_format: 'channels_first' })],
      'channels-first',
      /layer "mine".*channels_last/,
    ],
    [
      'an unknown activation',
      [input, { ...dense('d'), config: { name: 'd', units: 2, activation: 'my_act' } }],
      'activation-unsupported',
      /"my_act"/,
    ],
    [
      'an open dimension',
      [{ class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, null, 4] } }, dense('d')],
      'tensor-dynamic',
      /dimension 1 of \[1,\?,4\]/,
    ],
    ['no weights', [input, { ...dense('d'), weights: [] }], 'keras-weights', /layer "d" \(Dense\).*"kernel"/],
    ['weights of another shape', [input, dense('d', 2, 3)], 'keras-weights', /\[3,2\] instead of \[4,2\]/],
    [
      'an absurd shape',
      [{ class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, 1e6, 1e6] } }, dense('d')],
      'too-large',
      /more than/,
    ],
    ['a size that is none', [input, other('Dense', { units: -3 })], 'keras-config', /its "units" is -3/],
    ['a layer with a name of every object', [input, other('constructor')], 'layer-unsupported', /constructor/],
  ] as [string, Layer[], string, RegExp][])('%s', async (_, layers, code, text) => {
    await expect(importLayers(layers)).rejects.toEqual(problem(code, text));
  });

  test('a file of weights alone', async () => {
    const library = await import('h5wasm/node');
    await library.ready;
    const { File, FS } = library;
    const file = new File('/w.h5', 'w');
    file.create_group('d').create_dataset({ name: 'kernel', data: new Float32Array(2), shape: [2], dtype: '<f4' });
    file.close();
    await expect(importModel((FS!.readFile('/w.h5') as Uint8Array).slice(), 'w.h5')).rejects.toEqual(
      problem('keras-weights-only', /only weights/),
    );
  });

  test('layers that wait for each other', async () => {
    const layers = [input, dense('a'), dense('b')].map(
      (l, i): Layer => ({ ...l, inbound_nodes: i ? [[[i === 1 ? 'b' : 'a', 0, 0, {}]]] : [] }),
    );
    const model = config('Functional', layers, { input_layers: [['in', 0, 0]], output_layers: [['b', 0, 0]] });
    await expect(importModel(await h5(model, layers), 'm.h5')).rejects.toEqual(problem('keras-config', /never run/));
  });

  test('an archive that unpacks to more than there is', async () => {
    const bomb = zipSync({ 'config.json': [new Uint8Array(2 ** 20), { level: 9 }] });
    // The size that the archive claims lies in two places; both say 3 GiB.
    const view = new DataView(bomb.buffer, bomb.byteOffset);
    const end = bomb.length - 22;
    view.setUint32(22, 0xc0000000, true);
    view.setUint32(view.getUint32(end + 16, true) + 24, 0xc0000000, true);
    await expect(importModel(bomb, 'm.keras')).rejects.toEqual(problem('too-large', /unpacks to/));
    await expect(importModel(zipSync({ 'x.txt': new Uint8Array(3) }), 'm.keras')).rejects.toEqual(
      problem('keras-corrupt', /config\.json/),
    );
  });
});

describe('models of models', () => {
  const x = Float32Array.from([1, -2, 3, 4]);

  test('nested, shared and functional', async () => {
    // in -> block (dense a -> dense b) -> add with dense c(in): twice the same shared layer c.
    const a = dense('a', 3);
    const b = dense('b', 2, 3);
    const inner = config('Sequential', [
      { ...input, config: { name: 'inner_in', batch_input_shape: [null, 4] } },
      a,
      b,
    ]).config;
    const block: Layer = {
      class_name: 'Sequential',
      config: { ...inner, name: 'block' },
      inbound_nodes: [[['in', 0, 0, {}]]],
      weights: [
        ...a.weights!.map(([n, s, d]) => [`a/${n}`, s, d] as const),
        ...b.weights!.map(([n, s, d]) => [`b/${n}`, s, d] as const),
      ],
    };
    const c: Layer = { ...dense('c'), inbound_nodes: [[['in', 0, 0, {}]]] };
    const sum: Layer = {
      class_name: 'Add',
      config: { name: 'sum' },
      inbound_nodes: [
        [
          ['block', 1, 0, {}],
          ['c', 0, 0, {}],
        ],
      ],
    };
    const layers = [{ ...input, inbound_nodes: [] }, block, c, sum];
    const model = config('Functional', layers, { input_layers: [['in', 0, 0]], output_layers: [['sum', 0, 0]] });
    const graph = await importModel(await h5(model, layers), 'm.h5');
    // dense a: 3 of sum 6 / 2 = 3; dense b: 3 * 3 / 2 = 4.5; dense c: 3.
    expect(Array.from(execute(graph, [x])[0]!)).toEqual([7.5, 7.5]);
  });

  test('Keras 3 gives arguments instead of names', async () => {
    const ref = (name: string) => ({
      class_name: '__keras_tensor__',
      config: { shape: [null, 4], dtype: 'float32', keras_history: [name, 0, 0] },
    });
    const layers: Layer[] = [
      { class_name: 'InputLayer', config: { name: 'in', batch_shape: [null, 4] }, inbound_nodes: [] },
      { ...dense('a'), inbound_nodes: [{ args: [ref('in')], kwargs: {} }] },
      { ...dense('b'), inbound_nodes: [{ args: [ref('in')], kwargs: {} }] },
      {
        class_name: 'Concatenate',
        config: { name: 'both', axis: -1 },
        inbound_nodes: [{ args: [[ref('a'), ref('b')]], kwargs: {} }],
      },
    ];
    const model = config('Functional', layers, { input_layers: ['in', 0, 0], output_layers: ['both', 0, 0] });
    for (const [bytes, name] of [
      [await h5(model, layers, '3.4.0'), 'm.h5'],
      [await keras(model, layers), 'm.keras'],
    ] as const)
      expect(Array.from(execute(await importModel(bytes, name), [x])[0]!)).toEqual([3, 3, 3, 3]);
  });
});

/** A layers-model of one dense layer in a folder of its own. */
function tfjs(
  name: string,
  change: (json: { weightsManifest: { paths: string[]; weights: object[] }[] }) => void,
  bin: Uint8Array | undefined,
): string {
  const dir = folder.path(name);
  mkdirSync(dir);
  const { class_name, config: settings } = config('Sequential', [input, dense('d')]);
  const json = {
    format: 'layers-model',
    modelTopology: { keras_version: '2.12.0', model_config: { class_name, config: settings } },
    weightsManifest: [
      {
        paths: ['w.bin'],
        weights: [
          { name: 'd/kernel', shape: [4, 2], dtype: 'float32' },
          { name: 'd/bias', shape: [2], dtype: 'float32' },
        ] as object[],
      },
    ],
  };
  change(json);
  writeFileSync(join(dir, 'model.json'), JSON.stringify(json));
  if (bin) writeFileSync(join(dir, 'w.bin'), bin);
  return join(dir, 'model.json');
}
const importFile = (path: string) => importModel(new Uint8Array(readFileSync(path)), 'model.json', besideFile(path));
const bytesOf = (a: ArrayBufferView) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);

describe('TensorFlow.js', () => {
  const x = Float32Array.from([1, -2, 3, 4]);
  const bias = bytesOf(Float32Array.from([1, 2]));
  const packed = (dtype: string, scale: number, min: number) => (json: Parameters<Parameters<typeof tfjs>[1]>[0]) => {
    json.weightsManifest[0]!.weights[0] = {
      name: 'd/kernel',
      shape: [4, 2],
      dtype: 'float32',
      quantization: { dtype, scale, min, original_dtype: 'float32' },
    };
  };
  test.each([
    ['uint8', Uint8Array.from({ length: 8 }, (_, i) => 10 * i), 0.01, -0.3],
    ['uint16', Uint16Array.from({ length: 8 }, (_, i) => 1000 * i), 0.0001, -0.3],
    // 1.0 in half precision is 0x3c00
    ['float16', new Uint16Array(8).fill(0x3c00), 1, 0],
  ] as const)('weights of %s', async (dtype, kernel, scale, min) => {
    const path = tfjs(dtype, packed(dtype, scale, min), Buffer.concat([bytesOf(kernel), bias]));
    const [y] = execute(await importFile(path), [x]);
    const real = (i: number) => (dtype === 'float16' ? 1 : Math.fround(kernel[i]! * scale + min));
    const expected = [0, 1].map((o) =>
      Math.max(0, o + 1 + [1, -2, 3, 4].reduce((s, v, i) => s + v * real(2 * i + o), 0)),
    );
    expected.forEach((v, i) => {
      expect(y![i]).toBeCloseTo(v, 5);
    });
  });

  const whole = new Uint8Array(40);
  test.each([
    ['steps upwards', '../w.bin'],
    ['an absolute path', '/etc/passwd'],
    ['a drive', 'C:\\w.bin'],
    ['an address', 'http://example.com/w.bin'],
    ['hidden steps', 'a/../../w.bin'],
  ])('weight path with %s', async (name, path) => {
    const model = tfjs(name.replaceAll(' ', '_'), (json) => json.weightsManifest[0]!.paths.splice(0, 1, path), whole);
    await expect(importFile(model)).rejects.toEqual(problem('path-outside', /not in the folder/));
  });

  test('a link out of the folder is not followed', async () => {
    const model = tfjs('link', () => {}, undefined);
    writeFileSync(folder.path('secret.bin'), whole);
    symlinkSync(folder.path('secret.bin'), join(model, '..', 'w.bin'));
    await expect(importFile(model)).rejects.toEqual(problem('path-outside', /not in the folder/));
  });

  test('the SHA-256 of a model is of its weights too', async () => {
    const hash = async (name: string, value: number, change: Parameters<typeof tfjs>[1] = () => {}) => {
      const path = tfjs(name, change, bytesOf(new Float32Array(10).fill(value)));
      const about = {
        target: 'host',
        optimize: 'balanced',
        optimizeRam: false,
        waitStates: 0,
        seed: 1,
        data: [],
      } as const;
      const point = pointName(await identity({ ...about, model: path }), { series: 'auto', asked: 0.5 });
      return [(await compile(path, { html: false })).report.model.sha256, point];
    };
    const [first, second] = [await hash('one', 1), await hash('two', 2)];
    expect(await hash('one_again', 1)).toEqual(first);
    expect(second[0]).not.toBe(first[0]);
    expect(second[1]).not.toBe(first[1]);
  });

  test('missing, short and long files', async () => {
    await expect(importFile(tfjs('missing', () => {}, undefined))).rejects.toEqual(
      problem('file-missing', /"w\.bin" is missing/),
    );
    await expect(importFile(tfjs('short', () => {}, new Uint8Array(39)))).rejects.toEqual(
      problem('tfjs-corrupt', /weight "d\/bias"/),
    );
    await expect(importFile(tfjs('long', () => {}, new Uint8Array(44)))).rejects.toEqual(
      problem('tfjs-corrupt', /belong to nothing/),
    );
    const absurd = tfjs(
      'absurd',
      (json) => Object.assign(json.weightsManifest[0]!.weights[0]!, { shape: [2 ** 30, 2 ** 30] }),
      whole,
    );
    await expect(importFile(absurd)).rejects.toEqual(problem('too-large', /more than/));
    await expect(importModel(new TextEncoder().encode('{"modelTopology": 3}'), 'model.json')).rejects.toEqual(
      problem('tfjs-corrupt', /no model\.json/),
    );
  });
});

/** Numbers in [0, n), the same every time. Source: mulberry32. */
function random(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

function mutated(good: Uint8Array, round: number): Uint8Array {
  const r = random(round);
  if (round % 5 === 0) return good.slice(0, r(good.length));
  const bytes = good.slice();
  const region = [600, 4096, 20000, bytes.length][round % 4]!;
  const huge = [0x7fffffff, 0xffffffff, 0x10000, 0, r(bytes.length)];
  for (let k = 1 + r(6); k > 0; k--) {
    const at = r(Math.min(region, bytes.length));
    if (round % 2) bytes[at] = r(256);
    else new DataView(bytes.buffer).setUint32(Math.min(at & ~3, (bytes.length & ~3) - 4), huge[r(5)]!, true);
  }
  return bytes;
}

async function outcome(work: () => Promise<unknown>): Promise<'imported' | 'refused'> {
  const start = performance.now();
  try {
    await work();
    return 'imported';
  } catch (error) {
    if (error instanceof Problem) return 'refused';
    throw error;
  } finally {
    expect(performance.now() - start).toBeLessThan(5000);
  }
}

describe.skipIf(!hasShared)('damaged models are imported or refused', () => {
  test.each(['keras/fpga_kws_mlp_keras3.h5', 'keras/mltk_magic_wand.h5'])('%s', { timeout: 60_000 }, async (model) => {
    const good = new Uint8Array(readFileSync(shared(`models/${model}`)));
    const seen = { imported: 0, refused: 0 };
    for (let round = 0; round < 150; round++) seen[await outcome(() => importModel(mutated(good, round), 'fuzz.h5'))]++;
    expect(seen.refused).toBeGreaterThan(15);
    // The library still works after all that.
    expect((await importModel(good, 'good.h5')).nodes.length).toBeGreaterThan(4);
    expect(process.memoryUsage().rss).toBeLessThan(2 ** 31);
  });

  test('a .keras archive', { timeout: 60_000 }, async () => {
    const layers = [input, dense('a'), dense('b', 2, 2)];
    const good = await keras(config('Sequential', layers), layers);
    const seen = { imported: 0, refused: 0 };
    for (let round = 0; round < 200; round++)
      seen[await outcome(() => importModel(mutated(good, round), 'fuzz.keras'))]++;
    expect(seen.refused).toBeGreaterThan(20);
  });

  test.each(['emotion_graph', 'prefetch_graph'])('model.json of %s', { timeout: 60_000 }, async (name) => {
    const path = shared(`models/tfjs/${name}/model.json`);
    const good = new Uint8Array(readFileSync(path));
    const seen = { imported: 0, refused: 0 };
    for (let round = 0; round < 60; round++) {
      // Damage of the text as JSON: a value becomes another one somewhere.
      const text = new TextDecoder().decode(good).split('"');
      const r = random(round);
      const at = r(text.length);
      text[at] = [text[r(text.length)]!, '-1', '1e9', '', 'constructor', '{}'][r(6)]!;
      const bytes = round % 3 ? new TextEncoder().encode(text.join('"')) : mutated(good, round);
      seen[await outcome(() => importModel(bytes, 'model.json', besideFile(path)))]++;
    }
    expect(seen.refused).toBeGreaterThan(15);
  });
});
