/** Which of some names was probably meant. */

/** The name at the least edit distance from `name`, unless every one differs in more than a third of its letters. */
export function nearest(name: string, names: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const other of names) {
    const distance = editDistance(name, other);
    if (distance < least) {
      least = distance;
      best = other;
    }
  }
  return best;
}

/** Insertions, deletions and exchanges of letters that make `b` of `a` (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const exchange = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(exchange, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
