import type { Command } from 'commander';

/** Options of every command that builds the emitted code. */
export interface BuildOptions {
  readonly cc?: string;
  readonly cflags?: string;
}

/** Adds --cc and --cflags. */
export const addBuildOptions = (command: Command): Command =>
  command
    .option('--cc <compiler>', "compiler of the emitted code (qemu: gcc, the target's; clang; or a command)")
    .option('--cflags <flags>', 'flags for it');

/** As the engines take them. */
export function buildOptions({ cc, cflags }: BuildOptions): { cc?: string; flags?: string[] } {
  const flags = cflags?.split(/\s+/).filter(Boolean);
  return { ...(cc && { cc }), ...(flags && { flags }) };
}
