import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of its own for a test file; removed by `dispose`. */
export function workFolder(): { path: (...parts: string[]) => string; dispose: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'espalier-test-'));
  return { path: (...parts) => join(root, ...parts), dispose: () => rmSync(root, { recursive: true, force: true }) };
}
