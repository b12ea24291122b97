import type { Report, Training } from '../report.js';
import { count } from './format.js';

export interface Note {
  readonly kind: 'warning' | 'good' | 'plain';
  /** what stood between backticks is code */
  readonly parts: readonly { readonly text: string; readonly code: boolean }[];
}

const note = (kind: Note['kind'], text: string): Note => ({
  kind,
  parts: text.split('`').map((part, i) => ({ text: part, code: i % 2 === 1 })),
});
const warning = (text: string): Note => note('warning', text);
const plain = (text: string): Note => note('plain', text);

function verified({ verification }: Report): Note[] {
  if (!verification.length)
    return [
      plain('The compiled code has not been run yet. `espalier verify` on this folder replays the golden vectors.'),
    ];
  return verification.map(({ engine, vectors, mismatches }) =>
    mismatches
      ? warning(`${mismatches} of ${vectors} golden vectors differ (${engine}). Do not ship this result.`)
      : note('good', `${vectors} golden vectors, all equal to the reference (${engine}).`),
  );
}

function pruned({ pruning }: Report): Note[] {
  if (!pruning) return [];
  const error =
    pruning.error === null
      ? 'No calibration data was given: weights went by size alone.'
      : `On the calibration data the outputs differ from the dense model's by ${(100 * pruning.error).toFixed(1)} % of their variance (squared, estimated).`;
  return [...pruning.warnings.map(warning), plain(error)];
}

function trained({ training, finetuning }: Report): Note[] {
  return [...epochs('Trained', training), ...epochs('Fine-tuned', finetuning)];
}

function epochs(done: string, training: Training | null): Note[] {
  const kept = training?.epochs[training.best - 1];
  if (!training || !kept) return [];
  const { accuracy } = kept.validation ?? kept;
  const words = accuracy === null ? '' : `, ${accuracy.toFixed(1)} % right on samples kept apart`;
  return [plain(`${done}: epoch ${training.best} of ${training.epochs.length} was the best${words}.`)];
}

function exceeded({ budget, totals }: Report): Note[] {
  const flash = totals.flash.weights + (totals.flash.code ?? totals.flash.codeEstimated ?? 0);
  const over = budget.flash !== null && flash > budget.flash;
  return over ? [warning(`Flash is exceeded by ${count(flash - budget.flash!)} bytes.`)] : [];
}

function unmeasured({ totals, accuracy }: Report): Note[] {
  return [
    ...(totals.instructions.measured === null
      ? [plain('Instructions are estimates. `--measure` builds the code and counts them under QEMU.')]
      : []),
    ...(accuracy ? [] : [plain('Accuracy was not measured. `--data` and `--labels` give it.')]),
  ];
}

/** What a reader should know: warnings first. */
export function notesOf(report: Report): Note[] {
  const all = [...exceeded(report), ...pruned(report), ...trained(report), ...verified(report), ...unmeasured(report)];
  return [...all.filter((n) => n.kind === 'warning'), ...all.filter((n) => n.kind !== 'warning')];
}
