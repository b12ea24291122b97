// From which share of zeros on a format takes fewer instructions, and fewer bytes, than the best dense kernel: by the
// kernels' own costs and arrays, over random weights.
import { kernels } from '../dist/kernels/index.js';
import { arrayBytes, layerArrays } from '../dist/plan/plan.js';
import { layerGraph, layers, siteOf } from './layers.mjs';

function offers(layer, target, pattern, share) {
  const site = siteOf(layerGraph(layer, [[pattern, share]]));
  const usable = kernels.filter(
    (k) => k.op === site.node.op && !k.fusesAdd && k.needs.every((f) => target.features.includes(f)) && k.fits(site),
  );
  const all = usable.map((k) => ({
    format: k.format ?? 'dense',
    instructions: k.cost(site, target).instructions,
    bytes: layerArrays(k.layer(site)).reduce((n, a) => n + arrayBytes(a), 0),
  }));
  // Of sparse kernels with the same format the fastest.
  const isFastest = (o) => all.every((p) => p.format !== o.format || p.instructions >= o.instructions);
  return all.filter((o) => o.format === 'dense' || isFastest(o));
}

const least = (list, key) => Math.min(...list.map((o) => o[key]));
const shares = Array.from({ length: 19 }, (_, i) => i / 20);
const ofFormat = (list, format) => list.filter((o) => o.format === format);

/** The share of zeros from which on a format beats the dense kernels. */
function from(rows, format, plain, key) {
  const last = rows.findLastIndex(([, list]) => !(least(ofFormat(list, format), key) < least(plain, key)));
  return last + 1 === rows.length ? 'never' : `${Math.round(100 * rows[last + 1][0])} %`;
}

/** What a format takes of the dense kernels' cost at some shares. */
const ratios = (rows, at, format, plain, key) =>
  at
    .map((share) => ofFormat(rows.find(([s]) => s === share)[1], format))
    .map((list) => (list.length ? (least(list, key) / least(plain, key)).toFixed(2) : '-'))
    .join(', ');

/** Does a pattern say more of a format than single weights do? Lists and codes know no blocks. */
const isTelling = (format, pattern) =>
  pattern === '1x1' || (pattern.includes(':') ? format !== 'coded' : /blocks|tiles/.test(format));

/** Lines of a layer and a pattern. */
function linesOf(name, layer, target, pattern) {
  const plain = offers(layer, target, '1x1', 0).filter((o) => o.format === 'dense');
  const isFixed = pattern.includes(':');
  const rows = (isFixed ? [0.5] : shares).map((share) => [share, offers(layer, target, pattern, share)]);
  const formats = [...new Set(rows.flatMap(([, list]) => list.map((o) => o.format)))].filter(
    (f) => f !== 'dense' && isTelling(f, pattern),
  );
  return formats.flatMap((format) => {
    const wins = (key) => (isFixed ? '' : from(rows, format, plain, key));
    const of = (key) => ratios(rows, isFixed ? [0.5] : [0.8, 0.9], format, plain, key);
    const cells = [wins('instructions'), wins('bytes'), of('instructions'), of('bytes')];
    return cells.slice(0, 2).every((c) => c === 'never')
      ? []
      : [`| ${[target.name, name, format, pattern, ...cells].join(' | ')} |`];
  });
}

/** Prints the table of a target. */
export function breakEven(target, { conv, dense }) {
  for (const [name, layer] of Object.entries(layers))
    for (const pattern of [...(layer.filter.length === 4 ? conv : dense), '2:4'])
      for (const line of linesOf(name, layer, target, pattern)) console.log(line);
}

export const heading =
  '| target | layer | format | zeros | fewer instructions from | fewer bytes from | instructions at 80, 90 %; 2:4 | bytes |\n|---|---|---|---|---|---|---|---|';
