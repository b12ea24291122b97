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
      const plain = offers(layer, target, '1x1', 0).filter((o) => o.format === 'dense');
      const rows = shares.map((share) => [share, offers(layer, target, pattern, share)]);
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
