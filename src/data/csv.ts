import { Problem } from '../support/problem.js';
import { namedLabels } from './labels.js';
import { delimiterOf, fieldsOf, linesOf } from './lines.js';
import { type SampleOptions, type Samples, samplesOf } from './samples.js';

/** Columns that hold the class without being asked for. */
const usualNames = /^(label|labels|class|target|y)$/i;

/** A number, or what stands for one that is missing. */
const isNumeric = (text: string): boolean => !text || /^[+-]?(nan|inf(inity)?)$/i.test(text) || !Number.isNaN(+text);

interface Layout {
  readonly delimiter: string;
  readonly columns: number;
  readonly header?: readonly string[];
  /** samples */
  readonly count: number;
}

/** A header has text where the row below it has a number; alone it has no number at all. */
function isHeader(first: readonly string[], second: readonly string[] | undefined): boolean {
  if (!second) return first.every((f) => !isNumeric(f));
  return first.some((f, i) => !isNumeric(f) && second[i] !== undefined && isNumeric(second[i]!));
}

function layoutOf(bytes: Uint8Array, from: string): Layout {
  const head: string[] = [];
  let lines = 0;
  for (const { text } of linesOf(bytes)) {
    if (head.length < 2) head.push(text);
    lines++;
  }
  if (!lines) throw new Problem('data-empty', 'the file holds no rows', from);
  const delimiter = delimiterOf(head[0]!);
  const [first, second] = head.map((line) => fieldsOf(line, delimiter)) as [string[], string[]?];
  const header = isHeader(first, second) ? first : undefined;
  const count = lines - (header ? 1 : 0);
  if (!count) throw new Problem('data-empty', 'the file holds a header and no rows', from);
  return { delimiter, columns: first.length, count, ...(header && { header }) };
}

/** Column of the class; -1 for none. */
function labelColumn(layout: Layout, sample: readonly string[], o: SampleOptions, from: string): number {
  const { header, columns } = layout;
  if (o.labelColumn === 'last') return columns - 1;
  if (o.labelColumn !== undefined) {
    const at = header?.indexOf(o.labelColumn) ?? -1;
    if (at >= 0) return at;
    const known = header ? `the columns are ${header.slice(0, 8).join(', ')}` : 'the file has no header';
    throw new Problem('csv-column', `there is no column "${o.labelColumn}"`, from, `${known}; "last" is the last one`);
  }
  const usual = header?.findIndex((name) => usualNames.test(name)) ?? -1;
  if (usual >= 0) return usual;
  const size = o.shape?.reduce((n, d) => n * d, 1);
  return columns - 1 === size || !isNumeric(sample.at(-1)!) ? columns - 1 : -1;
}

/** The values of a row but the label, into `out`. */
function readRow(fields: readonly string[], label: number, out: Float32Array, place: string, layout: Layout): void {
  if (fields.length !== layout.columns)
    throw new Problem('data-shape', `${fields.length} fields instead of ${layout.columns}`, place);
  let at = 0;
  fields.forEach((field, i) => {
    if (i === label) return;
    const value = field ? Number(field) : Number.NaN;
    if (!Number.isFinite(value)) {
      const column = layout.header ? `column "${layout.header[i]}"` : `column ${i + 1}`;
      const isUnfit = field && !isNumeric(field);
      throw new Problem(
        isUnfit ? 'data-value' : 'not-finite',
        `"${field}" in ${column} is no ${isUnfit ? '' : 'finite '}number`,
        place,
        isUnfit ? 'name the column of the class with --label-column' : 'leave the row out',
      );
    }
    out[at++] = value;
  });
}

/** Rows of numbers, and the class of each where a column holds it. */
interface Table {
  readonly data: Float32Array;
  readonly width: number;
  readonly rows: Uint32Array;
  readonly labels?: string[];
}

function readTable(bytes: Uint8Array, layout: Layout, from: string, options: SampleOptions): Table {
  const { count, columns, delimiter, header } = layout;
  const rows = new Uint32Array(count);
  const labels: string[] = [];
  let [line, i] = [0, 0];
  let label = -1;
  let data = new Float32Array();
  for (const { row, text } of linesOf(bytes)) {
    if (line++ === 0 && header) continue;
    const fields = fieldsOf(text, delimiter);
    if (i === 0) {
      label = labelColumn(layout, fields, options, from);
      data = new Float32Array(count * (columns - (label < 0 ? 0 : 1)));
    }
    const width = data.length / count;
    readRow(fields, label, data.subarray(i * width, (i + 1) * width), `${from}, row ${row}`, layout);
    if (label >= 0) labels.push(fields[label]!);
    rows[i++] = row;
  }
  return { data, width: data.length / count, rows, ...(label >= 0 && { labels }) };
}

/**
 * Samples of a CSV file: a row each, numbers but for the column of the class. A header is known by text where the next
 * row has numbers. The class is in the column that `labelColumn` names, else in one called label, class, target or y,
 * else in the last one where that is text or one more than the model's input takes.
 * @throws Problem `data-empty`, `csv-column`; `data-shape`, `not-finite`, `data-value`, `data-labels` naming the row
 */
export function fromCsv(bytes: Uint8Array, from: string, options: SampleOptions): Samples {
  const layout = layoutOf(bytes, from);
  const { data, width, rows, labels } = readTable(bytes, layout, from, options);
  const place = (i: number): string => `${from}, row ${rows[i]}`;
  const about = { from, count: layout.count, shape: [width], type: 'f32', place } as const;
  return samplesOf(data, { ...about, ...(labels && namedLabels(labels, place)) });
}
