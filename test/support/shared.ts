import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** Path of a file in the folder of models, data and golden outputs that lies beside the repository. */
export const shared = (path: string): string => root + path;

/** Tests on real models run only where that folder is: `describe.skipIf(!hasShared)`. */
export const hasShared = existsSync(`${root}models`);
if (!hasShared) console.warn(`skipped: tests on real models, as there is no ${root}`);
