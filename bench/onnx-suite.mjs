// All 955 cases of the ONNX backend suite, compiled to C and run under sanitizers: node bench/onnx-suite.mjs [--write | PART-OF-NAME]
// Compares with test/importers/onnx-suite.tsv, or writes it anew.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [given = 'all'] = process.argv.slice(2);
const mode = given === '--write' ? 'write' : given;
const args = ['vitest', 'run', 'test/importers/onnx-suite.test.ts', '--maxWorkers=1'];
const { status } = spawnSync('npx', args, { cwd: root, stdio: 'inherit', env: { ...process.env, ONNX_SUITE: mode } });
process.exit(status ?? 1);
