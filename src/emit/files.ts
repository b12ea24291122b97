/** Output files by path inside the output folder. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

/** What the banner of every emitted file says. */
export interface Provenance {
  readonly version: string;
  readonly model: string;
  readonly sha256: string;
  readonly target: string;
  /** the options that shaped the output, as typed on a command line */
  readonly options: string;
}

/** Golden vectors as the emitter prints them: per graph input and output, one array of elements per vector. */
export interface GoldenVectors {
  readonly inputs: readonly (readonly ArrayLike<number>[])[];
  readonly outputs: readonly (readonly ArrayLike<number>[])[];
}

/** `/* ... *\/` comment that opens every emitted C file. */
export function banner(p: Provenance, what: string): string {
  return [
    '/*',
    ` * ${what}`,
    ' *',
    ` * Made by Espalier ${p.version}; do not edit, compile the model again.`,
    ` * Model:   ${p.model}`,
    ` * SHA-256: ${p.sha256}`,
    ` * Target:  ${p.target}`,
    ` * Options: ${p.options}`,
    ' *',
    ' * Licence: this code may be used in any product, without conditions (SPDX-License-Identifier: 0BSD);',
    " * the weights belong to the model's owner.",
    ' */',
  ]
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/(?<!^)\*\/(?=.)/gm, '* /');
}
