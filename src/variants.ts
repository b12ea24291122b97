import type { CompileOptions } from './options.js';
import type { Report, Variant } from './report/report.js';

/** The totals of every objective, each compiled like the result itself. */
export async function variantsOf(
  compileAs: (o: CompileOptions) => Promise<{ readonly report: Report }>,
  o: CompileOptions,
): Promise<Variant[]> {
  const variants: Variant[] = [];
  for (const optimize of ['speed', 'balanced', 'size'] as const) {
    const { variants: _, dump: __, labelled: ___, train: ____, finetune, prune, ...others } = o;
    // What was trained is not trained again for every one.
    const rest = { ...others, ...(prune && !finetune && { prune }) };
    const { flash, ram, instructions } = (await compileAs({ ...rest, optimize, html: false })).report.totals;
    variants.push({ optimize, flash, ram, instructions });
  }
  return variants;
}
