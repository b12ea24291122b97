// Runs in a Node of its own, whose engine has relaxed SIMD or not: what emitted loaders choose, refuse and compute there.
// Argument: JSON of { mask, models: [{ loader, input, output }] }; prints a line of JSON per model.
import { readFileSync, writeFileSync } from 'node:fs';

const { mask, models } = JSON.parse(process.argv[2]);

// Node 22 and later have relaxed SIMD without a flag. `mask`: an engine that knows no f32x4.relaxed_madd nor i8x16.relaxed_swizzle.
const opcodes = [0x80, 0x85].map((code) => Buffer.from([0xfd, code, 0x02]));
const { validate } = WebAssembly;
if (mask) WebAssembly.validate = (bytes) => validate(bytes) && !opcodes.some((op) => Buffer.from(bytes).includes(op));

for (const { loader, input, output } of models) {
  const { load, bestVariant } = await import(loader);
  const picked = (await load()).variant;
  const asked = await load({ variant: 'relaxed' }).catch(({ name, code, message }) => ({ name, code, message }));
  const isRun = asked.variant === 'relaxed';
  if (isRun) {
    const all = new Float32Array(new Uint8Array(readFileSync(input)).buffer);
    const { length } = asked.input();
    const results = [];
    for (let at = 0; at < all.length; at += length) results.push(...asked.run(all.subarray(at, at + length)));
    writeFileSync(output, new Uint8Array(Float32Array.from(results).buffer));
  }
  const file = readFileSync(new URL(loader.replace(/js$/, 'relaxed.wasm')));
  console.log(
    JSON.stringify({ best: bestVariant(), picked, asked: isRun ? asked.variant : asked, valid: validate(file) }),
  );
}
