// Serves the page on this computer: `node examples/browser/serve.mjs [FOLDER] [PORT]`.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Refused, readArguments, runCommand } from './arguments.mjs';
import { output } from './build.mjs';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
// A page that shares nothing with others gets a clock of 5 microseconds instead of 100.
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Path of a file inside the folder that an address means; undefined for anything else. */
function pathOf(root, address) {
  try {
    const path = decodeURIComponent(new URL(address, 'http://localhost').pathname);
    const file = resolve(join(root, path.endsWith('/') ? `${path}index.html` : path));
    return file.startsWith(root + sep) && types[extname(file)] ? file : undefined;
  } catch {
    return undefined;
  }
}

/** A server of a folder's files, on this computer only. @param port 0: any that is free */
export function serve(folder = output, port = 8080) {
  const root = resolve(folder);
  const server = createServer(async (request, response) => {
    const file = pathOf(root, request.url ?? '/');
    const body = file && (await readFile(file).catch(() => undefined));
    if (!body) return response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found');
    response.writeHead(200, { 'Content-Type': types[extname(file)], 'Cache-Control': 'no-cache', ...isolation });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => done({ server, url: `http://localhost:${server.address().port}/` }));
  });
}

async function main() {
  const { words } = readArguments('serve.mjs [FOLDER] [PORT]', 2);
  const [folder = output, port = '8080'] = words;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535)
    throw new Refused(`'${port}' is no port; give a number from 0 (any that is free) to 65535`);
  if (!existsSync(join(folder, 'models.json')))
    throw new Refused(`${folder}: there is no page; run \`node examples/browser/build.mjs\` first`);
  const { url } = await serve(folder, Number(port)).catch(({ message }) => {
    throw new Refused(`${message}; give another port: serve.mjs FOLDER PORT`);
  });
  console.log(`serve: ${url}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runCommand('serve', main);
