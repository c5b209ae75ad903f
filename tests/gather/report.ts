/** Reads what `deno test --junit-path` has written. */

export interface Report {
  /** The names of tests, as `--filter` takes them: not those of their steps. */
  readonly successes: readonly string[];
  readonly failures: readonly string[];
  readonly skipped: number;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  gt: ">",
  lt: "<",
  quot: '"',
};
/** Stands between a test and its step. */
const STEP = " > ";

/** Tells tests apart by how they ended; steps are none. */
export function readReport(xml: string): Report {
  const cases = [...xml.matchAll(/<testcase name="([^"]*)"[^>]*>\s*(?:<(failure|skipped)\b)?/g)]
    .map(([, name = "", outcome]) => ({ name: decode(name), outcome }));
  const names = new Set(cases.map(({ name }) => name));
  const tests = cases.filter(({ name }) => !isStep(name, names));
  const ended = (as: "failure" | "skipped" | undefined) =>
    tests.filter(({ outcome }) => outcome === as).map(({ name }) => name);
  return {
    successes: ended(undefined),
    failures: ended("failure"),
    skipped: ended("skipped").length,
  };
}

function decode(text: string): string {
  return text.replace(/&(\w+);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}

function isStep(name: string, names: ReadonlySet<string>): boolean {
  for (let at = name.indexOf(STEP); at >= 0; at = name.indexOf(STEP, at + 1)) {
    if (names.has(name.slice(0, at))) return true;
  }
  return false;
}

/** Returns a value of `--filter` that lets these tests through. */
export function filterFor(names: readonly string[]): string {
  // Deno has Rust's syntax here: what is neither a letter nor a digit matches anything.
  return `/^(${names.map((name) => name.replace(/[^A-Za-z0-9]/gu, ".")).join("|")})$/`;
}
