import type { OpRows } from '../operator.js';
import { binaries } from './binary.js';
import { control } from './control.js';
import { convolutions } from './conv.js';
import { denses } from './dense.js';
import { gathers } from './gather.js';
import { losses } from './loss.js';
import { norms } from './norm.js';
import { pools } from './pool.js';
import { qLinears } from './qlinear.js';
import { quantisations } from './quantise.js';
import { recurrents } from './recurrent.js';
import { reductions } from './reduce.js';
import { resizes } from './resize.js';
import { shapes } from './shape.js';
import { unaries } from './unary.js';

/** Every ONNX operator that can be imported; those of other domains with their domain before them. */
export const opRows: OpRows = {
  ...binaries,
  ...control,
  ...convolutions,
  ...denses,
  ...gathers,
  ...losses,
  ...norms,
  ...pools,
  ...qLinears,
  ...quantisations,
  ...recurrents,
  ...reductions,
  ...resizes,
  ...shapes,
  ...unaries,
};
