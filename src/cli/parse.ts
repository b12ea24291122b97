/** Lists that a configuration file gave: the first value on the command line replaces them. */
const configured = new WeakSet<readonly string[]>();

/** Collects the values of an option that may be repeated. */
export const collect = (value: string, before: string[] = []): string[] =>
  configured.has(before) ? [value] : [...before, value];

/** Marks what `collect` made of a configuration file. */
export function fromConfig(list: string[]): string[] {
  configured.add(list);
  return list;
}
