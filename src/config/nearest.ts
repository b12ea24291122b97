/** Letters to insert, remove or replace to get from one word to another (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

/** The word that is most like another one, whatever its case. */
export const nearest = (word: string, words: readonly string[]): string =>
  words.reduce((best, w) =>
    distance(word.toLowerCase(), w.toLowerCase()) < distance(word.toLowerCase(), best.toLowerCase()) ? w : best,
  );
