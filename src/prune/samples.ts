import { type Calibration, samplesAt } from '../ops/float/calibration.js';

/** At most so many samples, spread evenly over all. */
export function spread(calibration: Calibration, most: number): Calibration {
  const { count } = calibration;
  if (count <= most) return calibration;
  return samplesAt(
    calibration,
    Array.from({ length: most }, (_, i) => Math.floor((i * count) / most)),
  );
}

/** Fewer samples than this are not divided. */
const fewest = 256;
/** One sample of so many is kept apart. */
const every = 8;

/** Samples to solve and train by, and others to tell what is better; all of the first kind where they are few. */
export interface Parts {
  readonly fit: Calibration;
  readonly judge?: Calibration;
}

/** Keeps every eighth sample apart where there are enough. */
export function divided(calibration: Calibration): Parts {
  const { count } = calibration;
  if (count < fewest) return { fit: calibration };
  const all = Array.from({ length: count }, (_, i) => i);
  return {
    fit: samplesAt(
      calibration,
      all.filter((i) => i % every),
    ),
    judge: samplesAt(
      calibration,
      all.filter((i) => i % every === 0),
    ),
  };
}

/** Samples by which layers are ranked and solved: more take long and tell little. */
export const mostSamples = 1024;
