/** Lines of a text in bytes, without line ends; blank lines are left out. `row` counts all lines, from 1. */
export function* linesOf(bytes: Uint8Array): Generator<{ row: number; text: string }> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (let row = 1; from < text.length; row++) {
    const end = text.indexOf(10, from);
    const to = end < 0 ? text.length : end;
    const line = text.toString('utf8', from, to).replace(/\r$/, '');
    if (line.trim()) yield { row, text: line };
    from = to + 1;
  }
}

/** Fields of a quoted line; a doubled quote within quotes is one. */
function quoted(line: string, delimiter: string): string[] {
  const fields: string[] = [];
  let [field, isInside] = ['', false];
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (c === '"' && isInside && line[i + 1] === '"') field += line[++i];
    else if (c === '"') isInside = !isInside;
    else if (c === delimiter && !isInside) {
      fields.push(field);
      field = '';
    } else field += c;
  }
  return [...fields, field].map((f) => f.trim());
}

/** Fields of a line. */
export const fieldsOf = (line: string, delimiter: string): string[] =>
  line.includes('"') ? quoted(line, delimiter) : line.split(delimiter).map((f) => f.trim());

/** What separates the fields: the one of comma, semicolon and tab that is there most often. */
export function delimiterOf(line: string): string {
  const times = (c: string): number => line.split(c).length - 1;
  return [',', ';', '\t'].reduce((best, c) => (times(c) > times(best) ? c : best));
}
