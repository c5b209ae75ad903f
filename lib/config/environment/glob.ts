/**
 * Shell patterns for names and values: `*`, `?`, `[abc]`, `[a-z]`, `[!abc]`. No path rules: `*`
 * matches everything. Matching takes time in proportion to text times pattern at worst.
 */

type Item =
  | { readonly kind: "star" }
  | { readonly kind: "any" }
  | { readonly kind: "char"; readonly char: string }
  | { readonly kind: "set"; readonly negated: boolean; readonly has: (char: string) => boolean };

/** Returns the test whether a whole text matches `pattern`. An unclosed `[` is ordinary. */
export function compileGlob(pattern: string, ignoreCase = false): (text: string) => boolean {
  const fold = ignoreCase ? foldCase : (char: string) => char;
  const items = parse([...pattern].map(fold), ignoreCase);
  return (text) => matches(items, [...text].map(fold));
}

function foldCase(char: string): string {
  return char.toLowerCase();
}

function parse(pattern: readonly string[], ignoreCase: boolean): Item[] {
  const items: Item[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    const close = char === "[" ? setEnd(pattern, at) : -1;
    if (close >= 0) {
      items.push(parseSet(pattern.slice(at + 1, close), ignoreCase));
      at = close;
    } else if (char === "*") {
      if (items.at(-1)?.kind !== "star") items.push({ kind: "star" });
    } else {
      items.push(char === "?" ? { kind: "any" } : { kind: "char", char });
    }
  }
  return items;
}

/** Returns the index of the `]` for the `[` at `open`, -1 without one. A first `]` is a member. */
function setEnd(pattern: readonly string[], open: number): number {
  const first = pattern[open + 1] === "!" ? open + 2 : open + 1;
  return pattern.indexOf("]", first + 1);
}

function parseSet(body: readonly string[], ignoreCase: boolean): Item {
  const negated = body[0] === "!";
  const members = negated ? body.slice(1) : body;
  const singles = new Set<string>();
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at++) {
    const low = members[at] as string;
    const high = members[at + 2];
    if (members[at + 1] === "-" && high !== undefined) {
      ranges.push([low, high]);
      at += 2;
    } else {
      singles.add(low);
    }
  }
  const inRange = (char: string) => ranges.some(([low, high]) => low <= char && char <= high);
  const has = (char: string) =>
    singles.has(char) || inRange(char) || (ignoreCase && inRange(char.toUpperCase()));
  return { kind: "set", negated, has };
}

function matches(items: readonly Item[], text: readonly string[]): boolean {
  let item = 0;
  let starItem = -1;
  let starText = 0;
  for (let at = 0; at < text.length;) {
    const current = items[item];
    if (current?.kind === "star") {
      starItem = item++;
      starText = at;
    } else if (current !== undefined && accepts(current, text[at] as string)) {
      item++;
      at++;
    } else if (starItem >= 0) {
      // The last star takes one more character; earlier ones never need to.
      item = starItem + 1;
      at = ++starText;
    } else {
      return false;
    }
  }
  return item === items.length || (item === items.length - 1 && items[item]?.kind === "star");
}

function accepts(item: Item, char: string): boolean {
  switch (item.kind) {
    case "star":
    case "any":
      return true;
    case "char":
      return item.char === char;
    case "set":
      return item.has(char) !== item.negated;
  }
}
