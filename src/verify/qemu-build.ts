import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fill, templates } from '../emit/template.js';
import { tensorBytes } from '../ir/graph.js';
import type { QemuBoard, Target } from '../kernels/kernel.js';
import { Problem } from '../support/problem.js';
import { type Artifact, portBytes } from './artifact.js';
import { requireTool } from './toolchain.js';

/** A target that QEMU can run. */
export type QemuTarget = Target & { readonly qemu: QemuBoard };

/** How the model's own code is built; start-up and runner always go through the target's own gcc. */
export interface QemuBuildOptions {
  /** a clang (`clang`, `clang-16`), or a gcc by its command; default the target's */
  readonly cc?: string;
  readonly flags: readonly string[];
}

/**
 * `plain`: the model as shipped; `traced`: a call after every layer; `marked`: one instruction that traps after every
 * layer; `size` and `empty`: least firmware with the model, and with the call of it going nowhere.
 */
export type Image = 'plain' | 'traced' | 'marked' | 'size' | 'empty';

/** What AFTER_LAYER is, and what declares it. */
const hooks: Partial<Record<Image, { readonly macro: string; readonly header: string }>> = {
  traced: { macro: 'AFTER_LAYER(i,p,n)=runner_after_layer(i,p,n)', header: 'trace.h' },
  marked: { macro: 'AFTER_LAYER(i,p,n)=BOARD_MARK', header: 'mark.h' },
};

/** Bytes for main's stack: far more than any model needs, since what it needs is what is measured. */
const stackBytes = 65536;

const runtime = join(templates, 'qemu');
/** The runtime's own code: no calls of memcpy and memset that would hide what the model pulls in. */
const runtimeFlags = ['-std=gnu99', '-Os', '-g', '-ffunction-sections', '-fno-tree-loop-distribute-patterns', '-Wall'];

/** One compiler call of a build; what goes wrong is told in one line. */
function call(command: string, args: readonly string[], work: string, dir: string): void {
  const result = spawnSync(command, args, { encoding: 'utf8', cwd: work, maxBuffer: 1 << 24 });
  if (result.status === 0) return;
  const lines = (result.stderr ?? '').split('\n');
  const line =
    lines.find((l) => /[Ee]rror:|overflowed|undefined reference/.test(l)) ?? result.error?.message ?? lines[0];
  throw new Problem(
    'qemu-build',
    `${command} cannot build the emitted code: ${(line ?? '').replace(/^\S*\/(ld|collect2)\S*: /, '').trim()}`,
    dir,
    'was the folder edited? compile the model again, and check --cc and --cflags',
  );
}

/** Folder with the C library's headers that the target's gcc looks into, or ours where it has none. */
function systemInclude(target: Target): string {
  const { command, flags } = target.cc;
  const result = spawnSync(command, [...flags, '-xc', '-E', '-v', '/dev/null'], { encoding: 'utf8' });
  const folders = (result.stderr ?? '').split('\n').filter((l) => l.startsWith(' /'));
  return (
    folders.map((l) => resolve(l.trim())).find((folder) => existsSync(join(folder, 'string.h'))) ??
    join(runtime, 'include')
  );
}

/** The images of one output folder, built in `work` when first asked for. */
export class QemuBuild {
  private readonly done = new Set<string>();
  private readonly include: string;

  /** @throws Problem `toolchain-missing` */
  constructor(
    readonly dir: string,
    readonly artifact: Artifact,
    readonly target: QemuTarget,
    readonly options: QemuBuildOptions,
    readonly work: string,
  ) {
    requireTool([target.cc.command], `building for ${target.name}`);
    this.include = systemInclude(target);
    const board = {
      stack: stackBytes,
      name: target.name,
      counter: undefined,
      vectors: undefined,
      strictAlign: false,
      ...target.qemu,
    };
    writeFileSync(join(work, 'board.h'), fill('qemu/board.h.hbs', board));
    writeFileSync(join(work, 'link.ld'), fill(`qemu/link_${target.qemu.runtime}.ld.hbs`, board));
  }

  /**
   * Path of a linked image.
   * @throws Problem `qemu-build`
   */
  image(kind: Image): string {
    return this.once(`${kind}.elf`, (output) => {
      const { name } = this.artifact;
      const main = this.runtimeObject(this.source(kind === 'size' || kind === 'empty' ? 'size' : 'runner'));
      const nowhere = [`${name}_run`, ...(this.artifact.state ? [`${name}_init`] : [])];
      const model = kind === 'empty' ? nowhere.map((f) => `-Wl,--defsym=${f}=runtime_exit`) : [this.model(hooks[kind])];
      this.link(output, [main, ...model]);
    });
  }

  /**
   * Path of a linked image with a main of the caller's: its sources, the model, start-up and semihosting.
   * @param sources C files; their folders, the model's and runtime.h are on the include path
   * @throws Problem `qemu-build`
   */
  firmware(sources: readonly string[]): string {
    return this.once('firmware.elf', (output) => {
      const folders = [...new Set(sources.map((s) => dirname(resolve(s))))].flatMap((f) => ['-I', f]);
      const objects = sources.map((s) => this.object(s, ['-std=c99', '-O3', '-g', '-Wall', '-Wextra', ...folders]));
      this.link(output, [...objects, this.model(undefined)]);
    });
  }

  private once(file: string, make: (path: string) => void): string {
    const path = join(this.work, file);
    if (!this.done.has(file)) make(path);
    this.done.add(file);
    return path;
  }

  private link(output: string, objects: readonly string[]): void {
    const { target } = this;
    const own = [`start_${target.qemu.runtime}.c`, 'semihost.c'].map((f) => this.runtimeObject(join(runtime, f)));
    const hasLibrary = this.include !== join(runtime, 'include');
    const library = hasLibrary ? ['-lm'] : [this.runtimeObject(join(runtime, 'libc.c')), '-lgcc'];
    const specs = hasLibrary ? ['-nostartfiles', '--specs=nano.specs'] : ['-nostdlib'];
    const script = ['-T', 'link.ld', '-Wl,--gc-sections', '-Wl,--no-warn-rwx-segments'];
    const args = [...target.cc.flags, ...specs, ...script, '-o', output, ...own, ...objects, ...library];
    call(target.cc.command, args, this.work, this.dir);
  }

  /** The model's object file, with -g, which changes no code and tells where a fault is. */
  private model(hook: { readonly macro: string; readonly header: string } | undefined): string {
    const { name } = this.artifact;
    const { cc = 'gcc', flags } = this.options;
    const { target } = this;
    const isClang = /clang/.test(cc);
    if (isClang && !target.clang)
      throw new Problem(
        'option-invalid',
        `clang does not build for ${target.name}`,
        '--cc',
        `use ${target.cc.command}`,
      );
    const command = cc === 'gcc' ? target.cc.command : requireTool([cc], `--cc ${cc}`);
    const asked = hook ? ['-include', join(runtime, hook.header), `-D${name.toUpperCase()}_${hook.macro}`] : [];
    return this.once(hook ? `model-${hook.header}.o` : 'model.o', (output) => {
      const core = [...(isClang ? target.clang! : []), ...target.cc.flags, '-isystem', this.include];
      const args = ['-std=c99', ...core, '-ffunction-sections', '-fdata-sections', '-g', ...flags];
      const from = [...asked, '-c', '-o', output, join(resolve(this.dir), `${name}.c`)];
      call(command, [...args, ...from], this.work, this.dir);
    });
  }

  /** A filled skeleton of templates/qemu. */
  private source(skeleton: 'runner' | 'size'): string {
    const { artifact, target } = this;
    const ports = (list: Artifact['inputs']) => list.map((p) => ({ offset: p.offset, bytes: tensorBytes(p) }));
    return this.once(`${skeleton}.c`, (path) => {
      const values = {
        name: artifact.name,
        arena: artifact.arena,
        state: artifact.state ?? 0,
        align: Math.max(target.align, 8),
        layers: artifact.traced.length,
        inputs: ports(artifact.inputs),
        outputs: ports(artifact.outputs),
        inputBytes: portBytes(artifact.inputs),
      };
      writeFileSync(path, fill(`qemu/${skeleton}.c.hbs`, values));
    });
  }

  private runtimeObject(source: string): string {
    const unified = this.target.qemu.runtime === 'arm' ? ['-masm-syntax-unified'] : [];
    return this.object(source, [...runtimeFlags, ...unified]);
  }

  private object(source: string, flags: readonly string[]): string {
    const { target } = this;
    return this.once(`${source.replace(/^.*\/|\.c$/g, '')}.o`, (output) => {
      const folders = ['-I', this.work, '-I', runtime, '-I', resolve(this.dir), '-isystem', this.include];
      const args = [...target.cc.flags, ...flags, ...folders, '-c', '-o', output, resolve(source)];
      call(target.cc.command, args, this.work, this.dir);
    });
  }
}
