/** Figures as the page writes them; the same on every machine. */

/** 2,657,984 */
export const count = (n: number): string => Math.round(n).toLocaleString('en-US');

const scaled = (n: number, unit: string): string => `${n >= 100 ? Math.round(n) : Number(n.toFixed(1))} ${unit}`;

/** 1 MiB, 22.6 KiB, 490 B: for limits and axes. */
export function size(bytes: number): string {
  if (bytes >= 1024 * 1024) return scaled(bytes / 1024 / 1024, 'MiB');
  return bytes >= 1024 ? scaled(bytes / 1024, 'KiB') : `${count(bytes)} B`;
}

/** 2.32 M, 12 k: where the last digits say nothing. */
export function rough(n: number): string {
  if (n >= 1e6) return `${Number((n / 1e6).toPrecision(3))} M`;
  return n >= 1e4 ? `${Number((n / 1e3).toPrecision(3))} k` : count(n);
}

/** 12.3 %, of parts of a whole that is not 0. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A length for CSS and SVG, `12.345%`. */
export const length = (share: number): string => `${Number((100 * share).toFixed(3))}%`;

/** `8x8x3` with a proper sign; a batch axis of 1 is dropped. */
export function shape(dims: readonly number[]): string {
  const shown = dims.length > 1 && dims[0] === 1 ? dims.slice(1) : dims;
  return shown.join('×') || '1';
}

/** Round values from `low` to `high`, about `wanted` of them; `base` 1024 for bytes. */
export function ticks(low: number, high: number, wanted: number, base = 1000): number[] {
  const power = base ** Math.floor(Math.log(Math.max(high - low, 1)) / Math.log(base));
  const steps = base === 1024 ? [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] : [1, 2, 5, 10, 20, 50, 100, 200, 500];
  const units = [...steps.map((s) => (s * power) / base), ...steps.map((s) => s * power)].filter((u) => u >= 1);
  const unit = units.find((u) => (high - low) / u <= wanted) ?? power;
  const first = Math.ceil(low / unit);
  return Array.from({ length: Math.floor(high / unit) - first + 1 }, (_, i) => (first + i) * unit);
}
