import type { OpRows } from '../operator.js';
import { constants } from './constant.js';
import { convolutions } from './conv.js';
import { dense } from './dense.js';
import { elementwise } from './elementwise.js';
import { general } from './general.js';
import { moves } from './move.js';
import { pools } from './pool.js';
import { recurrent } from './recurrent.js';
import { shapes } from './shape.js';
import { slices } from './slice.js';
import { spaces } from './space.js';

/** Every TFLite operator that can be imported, by its name in the schema. */
export const opRows: OpRows = {
  ...convolutions,
  ...dense,
  ...elementwise,
  ...pools,
  ...shapes,
  ...general,
  ...slices,
  ...moves,
  ...spaces,
  ...constants,
  ...recurrent,
};
