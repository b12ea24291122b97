import type { LayerReport, Report } from '../report.js';
import { mapLevels, type WeightMap } from '../weight-map.js';
import { count, percent } from './format.js';

export interface MapFigure {
  readonly name: string;
  readonly caption: string;
  readonly alt: string;
  /** data URI of a PNG */
  readonly source: string;
  /** pixels on the page, a whole number per cell */
  readonly width: number;
  readonly height: number;
}

/** The one hue of the maps, readable on light and dark; how much a weight is worth is its opacity. */
const ink = [47, 133, 72] as const;
const [widest, highest] = [224, 144];

/** Tall maps lie down, outputs from left to right, so that the figures of a row are of a height. */
function oriented(map: WeightMap): { width: number; height: number; levels: number[]; turned: boolean } {
  const levels = mapLevels(map);
  const { width, height } = map;
  if (height <= 2 * width) return { width, height, levels, turned: false };
  const turned = levels.map((_, i) => levels[(i % height) * width + Math.floor(i / height)]!);
  return { width: height, height: width, levels: turned, turned: true };
}

async function pngOf(width: number, height: number, levels: readonly number[]): Promise<string> {
  const { PNG } = await import('pngjs');
  const png = new PNG({ width, height });
  levels.forEach((level, i) => {
    const alpha = level ? 70 + Math.round(185 * Math.min(1, level / 11)) : 0;
    png.data.set([...ink, alpha], 4 * i);
  });
  return `data:image/png;base64,${PNG.sync.write(png, { deflateLevel: 9 }).toString('base64')}`;
}

async function figure(layer: LayerReport, map: WeightMap): Promise<MapFigure> {
  const { width, height, levels, turned } = oriented(map);
  const scale = Math.max(1, Math.floor(Math.min(widest / width, highest / height, 6)));
  const zeros = percent(1 - layer.nonzero / layer.weights);
  const cell = map.rowStep * map.columnStep > 1 ? `, a cell is ${map.rowStep}×${map.columnStep}` : '';
  return {
    name: layer.name,
    caption: `${count(map.rows)}×${count(map.columns)}${turned ? ', turned' : ''}, ${zeros} zeros, ${layer.format}${cell}`,
    alt: `Weights of ${layer.name}: ${map.rows} outputs by ${map.columns} inputs, ${zeros} zeros`,
    source: await pngOf(width, height, levels),
    width: width * scale,
    height: height * scale,
  };
}

/** One picture per layer with weights. */
export const mapFigures = (report: Report): Promise<MapFigure[]> =>
  Promise.all(report.layers.flatMap((l) => (l.weightMap ? [figure(l, l.weightMap)] : [])));
