import { gunzipSync } from 'node:zlib';

/** Files of a .tar.gz by path. */
export function untar(archive: Uint8Array): Map<string, Uint8Array> {
  const bytes = gunzipSync(archive);
  const text = (from: number, length: number) => bytes.toString('utf8', from, from + length).replace(/\0.*$/s, '');
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + 512 <= bytes.length && bytes[at]; ) {
    const size = Number.parseInt(text(at + 124, 12).trim() || '0', 8);
    const prefix = text(at + 345, 155);
    const name = (prefix ? `${prefix}/` : '') + text(at, 100);
    if (text(at + 156, 1) === '0' || bytes[at + 156] === 0)
      files.set(name, new Uint8Array(bytes.subarray(at + 512, at + 512 + size)));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
