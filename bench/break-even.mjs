// From which share of zeros on a format takes fewer instructions, and fewer bytes, than the best dense kernel: by the
// kernels' own costs and arrays, over random weights.
import { kernels } from '../dist/kernels/index.js';
import { arrayBytes, layerArrays } from '../dist/plan/plan.js';

const layers = {
  '1x1, 64 -> 64, 25x5': { image: [1, 25, 5, 64], filter: [64, 1, 1, 64], pad: 0 },
  '3x3, 16 -> 16, 32x32': { image: [1, 32, 32, 16], filter: [16, 3, 3, 16], pad: 1 },
  '3x3, 64 -> 64, 8x8': { image: [1, 8, 8, 64], filter: [64, 3, 3, 64], pad: 1 },
  'fully connected, 640 -> 128': { image: [1, 640], filter: [128, 640] },
};

/** Weights [rows][depth] of which blocks are 0, and the others spread as those of trained layers are. */
function weights(rows, depth, [height, width], share) {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x80000000;
  };
  const gone = new Map();
  return Int8Array.from({ length: rows * depth }, (_, i) => {
    const key = `${Math.floor(i / depth / height)},${Math.floor((i % depth) / width)}`;
    if (!gone.has(key)) gone.set(key, next() < share);
    const magnitude = Math.min(127, Math.round(1 - 30 * Math.log(1 - next())));
    return gone.get(key) ? 0 : next() < 0.5 ? -magnitude : magnitude;
  });
}

/** The site of one layer with a ReLU. */
function siteOf({ image, filter, pad }, data) {
  const channels = filter[0];
  const isConv = filter.length === 4;
  const quant = (n, scale) => ({ scale: new Float32Array(n).fill(scale), zero: new Int32Array(n), axis: 0 });
  const activation = (shape, scale) => ({
    name: 't',
    type: 's8',
    shape,
    quant: { scale: Float32Array.of(scale), zero: Int32Array.of(-128) },
  });
  const tensors = [
    activation(image, 0.05),
    { name: 'w', type: 's8', shape: filter, data, quant: quant(isConv ? channels : 1, 0.004) },
    { name: 'b', type: 's32', shape: [channels], data: new Int32Array(channels).fill(100) },
    activation(isConv ? [...image.slice(0, 3), channels] : [1, channels], 0.1),
  ];
  const attr = isConv
    ? { stride: [1, 1], dilation: [1, 1], pad: [pad, pad, pad, pad], groups: 1, act: 'relu' }
    : { act: 'relu' };
  const node = { op: isConv ? 'conv2d' : 'fully_connected', name: 'n', in: [0, 1, 2], out: [3], attr, from: 'n' };
  const graph = { name: 'g', tensors, nodes: [node], inputs: [0], outputs: [3] };
  return { graph, node, inputs: tensors.slice(0, 3), output: tensors[3], middle: tensors[3], prefix: 'p' };
}

function offers(layer, target, pattern, share) {
  const site = siteOf(
    layer,
    weights(
      layer.filter[0],
      layer.filter.slice(1).reduce((a, b) => a * b, 1),
      pattern,
      share,
    ),
  );
  const usable = kernels.filter(
    (k) => k.op === site.node.op && !k.fusesAdd && k.needs.every((f) => target.features.includes(f)) && k.fits(site),
  );
  return usable.map((k) => ({
    format: k.format ?? 'dense',
    instructions: k.cost(site, target).instructions,
    bytes: layerArrays(k.layer(site)).reduce((n, a) => n + arrayBytes(a), 0),
  }));
}

const least = (list, key) => Math.min(...list.map((o) => o[key]));
const shares = Array.from({ length: 19 }, (_, i) => i / 20);

/** Prints the table of a target. */
export function breakEven(target, { conv, dense }) {
  console.log(
    `\n| ${target.name}: layer | format | zeros | fewer instructions from | fewer bytes from | instructions at 80, 90 % | bytes |\n|---|---|---|---|---|---|---|`,
  );
  for (const [name, layer] of Object.entries(layers))
    for (const pattern of layer.filter.length === 4 ? conv : dense) {
      const plain = offers(layer, target, [1, 1], 0).filter((o) => o.format === 'dense');
      const rows = shares.map((share) => [share, offers(layer, target, pattern.split('x').map(Number), share)]);
      const formats = [...new Set(rows.flatMap(([, list]) => list.map((o) => o.format)))].filter((f) => f !== 'dense');
      for (const format of formats) {
        const wins = (key) => {
          const from = rows.findLastIndex(
            ([, list]) =>
              !(
                least(
                  list.filter((o) => o.format === format),
                  key,
                ) < least(plain, key)
              ),
          );
          return from + 1 === rows.length ? 'never' : `${Math.round(100 * rows[from + 1][0])} %`;
        };
        const ratio = (key) =>
          [0.8, 0.9]
            .map((at) => rows.find(([share]) => share === at)[1].filter((o) => o.format === format))
            .map((list) => (list.length ? (least(list, key) / least(plain, key)).toFixed(2) : '-'))
            .join(', ');
        console.log(
          `| ${name} | ${format} | ${pattern} | ${wins('instructions')} | ${wins('bytes')} | ${ratio('instructions')} | ${ratio('bytes')} |`,
        );
      }
    }
}
