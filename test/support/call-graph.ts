/**
 * Worst-case stack of a function from gcc's -fcallgraph-info=su: the most expensive path through the calls of one file.
 * Functions outside the file (memcpy and the like) count nothing. There is no recursion in emitted code; it would throw.
 */
export function longestPath(ci: string, start: string): number {
  const bytes = new Map<string, number>();
  const calls = new Map<string, Set<string>>();
  for (const [, title, label] of ci.matchAll(/^node: \{ title: "([^"]+)" label: "([^"]*)"/gm))
    bytes.set(title!, Number(/(\d+) bytes/.exec(label!)?.[1] ?? 0));
  for (const [, from, to] of ci.matchAll(/^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"/gm))
    calls.set(from!, (calls.get(from!) ?? new Set()).add(to!));
  const cost = (node: string, path: readonly string[]): number => {
    if (path.includes(node)) throw new Error(`recursion: ${[...path, node].join(' -> ')}`);
    return (
      (bytes.get(node) ?? 0) + Math.max(0, ...[...(calls.get(node) ?? [])].map((next) => cost(next, [...path, node])))
    );
  };
  const entry = [...bytes.keys()].find((title) => title === start || title.endsWith(`:${start}`));
  if (!entry) throw new Error(`no function ${start} in the call graph`);
  return cost(entry, []);
}
