import { type Preprocess, preprocessOf } from '../data/preprocess.js';
import { type Declared, tableBytes } from '../emit/c/preprocess.js';

/** How samples and frames become the input of the model, as it was declared. */
export interface PreprocessReport extends Preprocess {
  /** NAME_preprocess; null where it was not asked for */
  readonly emitted: {
    readonly frame: readonly [height: number, width: number, channels: number];
    /** of flash for its tables, beside the code */
    readonly tableBytes: number;
  } | null;
}

/** What a report tells; null where nothing is declared. */
export function preprocessReport({ declared, function: prepared }: Declared): PreprocessReport | null {
  const said = preprocessOf(declared);
  if (!prepared) return Object.keys(said).length ? { ...said, emitted: null } : null;
  const { height, width, channels } = prepared.how.frame;
  return { ...said, emitted: { frame: [height, width, channels], tableBytes: tableBytes(prepared) } };
}
