// The bundle of TensorFlow.js that Node loads is without gradients. They are in files that Node takes for CommonJS and
// whose imports have no extensions: those that are needed are copied to a folder where they are modules, and loaded from there.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core')), '..', 'dist');
const imported = /(from|import)\s*'(\.[^']*)'/g;

/** @returns path from `root` of what `name` means in a file */
function found(file, name) {
  const path = join(dirname(file), name.replace(/\.js$/, ''));
  return existsSync(resolve(root, `${path}.js`)) ? `${path}.js` : join(path, 'index.js');
}

function copy(file, to, done) {
  if (done.has(file)) return;
  done.add(file);
  const text = readFileSync(join(root, file), 'utf8');
  for (const [, , name] of text.matchAll(imported)) copy(found(file, name), to, done);
  const up = '../'.repeat(file.split('/').length - 1) || './';
  mkdirSync(dirname(join(to, file)), { recursive: true });
  writeFileSync(
    join(to, file),
    text.replace(imported, (_, word, name) => `${word} '${up}${found(file, name)}'`),
  );
}

const folder = mkdtempSync(join(tmpdir(), 'espalier-tfjs-'));
try {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
  const entry = 'register_all_gradients.js';
  copy(entry, folder, new Set());
  await import(pathToFileURL(join(folder, entry)).href);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
