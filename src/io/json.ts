/**
 * What `JSON.parse` keeps silent about: of two equal keys in an object it drops the first. A file in which a name
 * stands twice was written by something broken or hostile, and which of the two values counts would depend on the
 * reader.
 */

/** The first key that stands twice in one object, in valid JSON; null when there is none. */
export function duplicateKey(text: string): string | null {
  const open: (Set<string> | null)[] = []; // keys of the objects around the place, null for arrays
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === "{") open.push(new Set());
    else if (c === "[") open.push(null);
    else if (c === "}" || c === "]") open.pop();
    else if (c === '"') {
      const end = closingQuote(text, i);
      const keys = open.at(-1);
      if (keys !== null && keys !== undefined && isKey(text, end)) {
        const key = JSON.parse(text.slice(i, end + 1)) as string; // a JSON string by construction; "\u0061" is "a"
        if (keys.has(key)) return key;
        keys.add(key);
      }
      i = end;
    }
  }
  return null;
}

function closingQuote(text: string, opening: number): number {
  let i = opening + 1;
  while (text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i;
}

/** A string is a key when a colon follows it. */
function isKey(text: string, end: number): boolean {
  let i = end + 1;
  while (text[i] === " " || text[i] === "\n" || text[i] === "\r" || text[i] === "\t") i++;
  return text[i] === ":";
}
