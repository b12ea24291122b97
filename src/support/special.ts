/** Functions that `Math` lacks. */

/** 2 / sqrt(pi) */
const slope = 1.1283791670955126;

/** The error function by its Taylor series; good for |x| below 3. */
function erfSeries(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return slope * sum;
}

/** 1 - erf(x) for x >= 2 by a continued fraction, from its end. */
function erfcFraction(x: number): number {
  let f = x;
  for (let n = 60; n >= 1; n--) f = x + n / 2 / f;
  return (Math.exp(-x * x) * slope) / 2 / f;
}

/** The error function, to about 1e-15. */
export function erf(x: number): number {
  if (Number.isNaN(x) || x === 0) return x;
  const size = Math.abs(x);
  if (size < 2.5) return erfSeries(x);
  return Math.sign(x) * (1 - erfcFraction(size));
}

/** Nearest whole number, halves to the even one: C's rint(). */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const part = x - floor;
  if (part === 0.5) return floor % 2 === 0 ? floor : floor + 1;
  return part < 0.5 ? floor : floor + 1;
}
