/** One of two networks of a kind, as the page is told of it. */
export interface Entry {
  readonly kind: 'dense' | 'pruned';
  readonly title: string;
  readonly loader: string;
  readonly gzip: number;
  /** that are not zero */
  readonly weights: number;
}
export interface Entries {
  readonly [name: string]: { readonly about: string; readonly networks: readonly [Entry, Entry] };
}
export const output: string;
/** Writes the whole page to a folder that any server of files can serve. */
export function build(out?: string, options?: { quick?: boolean; say?: (what: string) => void }): Promise<Entries>;
