import { gunzipSync } from 'node:zlib';

/** The path that a header of the newer kind tells. */
const paxPath = (header: string): string => /^\d+ path=(.*)$/m.exec(header)?.[1] ?? '';

/** Files of a .tar.gz by path. */
export function untar(archive: Uint8Array): Map<string, Uint8Array> {
  const bytes = gunzipSync(archive);
  const text = (from: number, length: number) => bytes.toString('utf8', from, from + length).replace(/\0.*$/s, '');
  const files = new Map<string, Uint8Array>();
  let long = '';
  for (let at = 0; at + 512 <= bytes.length && bytes[at]; ) {
    const size = Number.parseInt(text(at + 124, 12).trim() || '0', 8);
    const prefix = text(at + 345, 155);
    const name = long || (prefix ? `${prefix}/` : '') + text(at, 100);
    const kind = text(at + 156, 1);
    long = kind === 'L' ? text(at + 512, size) : kind === 'x' ? paxPath(text(at + 512, size)) : '';
    if (kind === '0' || kind === '') files.set(name, new Uint8Array(bytes.subarray(at + 512, at + 512 + size)));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
