import ora from 'ora';
import picocolors from 'picocolors';
import { type Progress, silent } from '../support/progress.js';

/** Colours on a terminal only; the library alone would also colour pipes where CI is set. */
export const color = picocolors.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR);

/** Options that every command understands. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** read before the command; of no more use */
  readonly config?: string | false;
}

/** Spinner with stage, detail, share and time left on a terminal; nothing in a pipe, with --quiet or --json. */
export function terminalProgress({ json, quiet }: CommonOptions): Progress & { end(): void } {
  if (json || quiet || !process.stderr.isTTY) return { ...silent, end: () => undefined };
  const spinner = ora({ stream: process.stderr, discardStdin: false });
  let stage = '';
  let since = 0;
  let shown = 0;
  // The work holds the thread, so the spinner's own timer never fires: it is drawn from here, ten times a second at most.
  const draw = (text: string, now = performance.now()): void => {
    spinner.text = text;
    if (now - shown < 100) return;
    shown = now;
    spinner.render();
  };
  return {
    stage(name) {
      stage = name;
      since = performance.now();
      shown = 0;
      if (!spinner.isSpinning) spinner.start(name);
      draw(name);
    },
    share(done, detail) {
      const left = done > 0.02 ? ((performance.now() - since) * (1 - done)) / done / 1000 : undefined;
      const time =
        left === undefined ? '' : `, ${left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`} left`;
      draw(`${stage}${detail ? ` ${detail}` : ''} ${Math.round(100 * done)} %${time}`);
    },
    end() {
      spinner.stop();
    },
  };
}

/** Lines to standard output. */
export const print = (...lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`);
};

/** Prints a value as JSON. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** Thousands separated: 2,657,984. */
export const count = (n: number): string => n.toLocaleString('en-US');

/** Text columns, right-aligned where every cell below the heading is a number. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const width = headings.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i]!.length)));
  const right = headings.map((_, i) => rows.length > 0 && rows.every((r) => /^[\d,.%xX +-]*$/.test(r[i]!)));
  const line = (cells: readonly string[]) =>
    cells
      .map((c, i) => (right[i] ? c.padStart(width[i]!) : c.padEnd(width[i]!)))
      .join('  ')
      .trimEnd();
  return [color.bold(line(headings)), ...rows.map(line)];
}
