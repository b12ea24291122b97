// Makes the checkout ready: npm packages, and with apt (as root) the C compilers that the demo and the tests run.
// `--test` also gets the cross compilers and emulators. Without root the exact command is printed instead.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const forTests = process.argv.includes('--test');
const run = (command, args, options = {}) => spawnSync(command, args, { stdio: 'inherit', ...options });
const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/** Are the installed packages those of the lock file? npm keeps a copy of it in node_modules. */
function packagesCurrent() {
  const installed = 'node_modules/.package-lock.json';
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(([path, p]) => !path || p.optional || present[path]?.version === p.version);
}

function installPackages() {
  if (packagesCurrent()) return;
  console.log('setup: npm packages');
  // onnxruntime-node brings its library along; what its script would download is for GPUs
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const result = run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { env });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

const tools = [
  { command: 'gcc', packages: ['gcc', 'libc6-dev'], needed: true },
  { command: 'g++', packages: ['g++'] },
  { command: 'make', packages: ['make'] },
  { command: 'clang', packages: ['clang', 'libclang-rt-14-dev'] },
  { command: 'wasm-ld', packages: ['lld'] },
  { command: 'arm-none-eabi-gcc', packages: ['gcc-arm-none-eabi', 'libnewlib-arm-none-eabi'] },
  { command: 'riscv64-unknown-elf-gcc', packages: ['gcc-riscv64-unknown-elf'] },
  { command: 'qemu-system-arm', packages: ['qemu-system-arm'] },
  { command: 'qemu-system-riscv32', packages: ['qemu-system-misc'] },
  { command: 'cppcheck', packages: ['cppcheck'] },
  { command: 'chromium', packages: ['chromium'] },
];

function installTools() {
  const missing = tools.filter((t) => (forTests || t.needed) && !has(t.command));
  if (!missing.length) return;
  const packages = missing.flatMap((t) => t.packages);
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() === 0 && has('apt-get')) {
    console.log(`setup: ${command}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-qq'], { env });
    if (
      run('apt-get', ['-qq', ...command.split(' ').slice(1)], { env, stdio: ['ignore', 'ignore', 'inherit'] })
        .status === 0
    )
      return;
  }
  console.error(`setup: missing ${missing.map((t) => t.command).join(', ')}; run:\n    sudo ${command}`);
  if (missing.some((t) => t.needed)) process.exit(2);
}

installPackages();
installTools();
