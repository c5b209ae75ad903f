/**
 * Which records a logging section takes.
 *
 *     selector := spec { ";" spec }                 blanks around ";" allowed
 *     spec     := [ "!" ] what "." [ "!" ] [ "=" ] priority
 *     what     := "/" regex "/" | "[" program "]" | "*" | facility { "," facility }
 *     priority := "*" | name
 *
 * With W "what matches" and P "priority matches", `what.pri` contributes the positive `W and P`;
 * `what.!pri` and `!what.pri` the negative `not (W and P)`; `!what.!pri` the negative
 * `not W and not P`. A record is taken if at least one positive holds and every negative does.
 * The last form is taken literally, so that `*.*;!*.!=info` selects nothing; the expression
 * simplifier of 0.3.9 inverted it.
 *
 * A forced level widens positive specs only, and never narrows: a priority becomes the less severe
 * of its own and the forced one. A `=priority` that is more severe than the forced level becomes
 * "the forced level or worse", since a section must not lose records by being made louder.
 *
 * Compiled, a selector is a table of one verdict per priority. Only where program or text matter
 * is the verdict open and are specs looked at for a record.
 */
import { type BoundedPattern, boundedPattern } from "../base/bounded_pattern.ts";
import { SEVERITIES } from "../base/severities.ts";
import { didYouMean } from "../base/suggest.ts";
import { FACILITIES, parseFacility, parseSeverity, PRIORITY_COUNT } from "./priorities.ts";

/** A selector cannot be understood. The text is that of chaperone 0.3.9. */
export class SelectorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SelectorError";
  }
}

/** What a selector may have to look at beyond the priority. */
export interface Selectable {
  readonly priority: number;
  /** Whether the program tag equals `lowerCaseName` in any case. */
  programIs(lowerCaseName: Uint8Array): boolean;
  /** The raw record as text, header included. Asked for only where a regular expression decides. */
  rawText(): string;
}

type What =
  | { readonly kind: "facilities"; readonly numbers: ReadonlySet<number> | "all" }
  | { readonly kind: "program"; readonly lowerCaseName: Uint8Array }
  | { readonly kind: "pattern"; readonly pattern: BoundedPattern };

interface Spec {
  readonly what: What;
  readonly notWhat: boolean;
  readonly notPriority: boolean;
  readonly exact: boolean;
  /** 7 for `*`. */
  readonly severity: number;
}

/** A selector as written, checked. */
export type SelectorSpecs = readonly Spec[];

const SPEC = /^(!?)(?:\/(.+)\/|\[([^\]]+)\]|([a-z0-9*,]+))\.(!?)(=?)([a-z0-9*]+)$/is;

/**
 * Parses a selector; an empty one is `*.*`.
 * @throws {SelectorError}
 */
export function parseSelector(text: string): SelectorSpecs {
  const trimmed = text.trim();
  return (trimmed === "" ? "*.*" : trimmed).split(";").map((part) => parseSpec(part.trim()));
}

const EXPECTED = "expected FACILITY.LEVEL, [PROGRAM].LEVEL or /TEXT/.LEVEL, as in *.info";
const LEVELS = `; expected one of ${SEVERITIES.join(", ")}`;
const BRACKETS = "; the name of a program stands in brackets, as in [nginx].*";

function parseSpec(text: string): Spec {
  const match = SPEC.exec(text);
  if (match === null) {
    throw new SelectorError(`'${text}' is not a selector; ${EXPECTED}`);
  }
  const [, notWhat, pattern, program, facilities, notPriority, exact, priority = ""] = match;
  const severity = priority === "*" ? 7 : parseSeverity(priority);
  const what = parseWhat(text, pattern, program, facilities ?? "");
  if (severity === undefined) {
    const hint = didYouMean(priority, SEVERITIES);
    throw new SelectorError(`'${priority}' in '${text}' is not a level${hint || LEVELS}`);
  }
  return {
    what,
    notWhat: notWhat !== "",
    notPriority: notPriority !== "",
    exact: exact !== "" && priority !== "*",
    severity,
  };
}

function parseWhat(
  text: string,
  pattern: string | undefined,
  program: string | undefined,
  facilities: string,
): What {
  if (pattern !== undefined) return { kind: "pattern", pattern: parsePattern(text, pattern) };
  if (program !== undefined) {
    return { kind: "program", lowerCaseName: new TextEncoder().encode(program.toLowerCase()) };
  }
  if (facilities === "*") return { kind: "facilities", numbers: "all" };
  const numbers = new Set<number>();
  for (const name of facilities.split(",")) {
    const number = parseFacility(name);
    if (number === undefined) {
      const hint = didYouMean(name, FACILITIES);
      throw new SelectorError(`'${name}' in '${text}' is not a facility${hint || BRACKETS}`);
    }
    numbers.add(number);
  }
  return { kind: "facilities", numbers };
}

/** Configurations hold Python's spelling; what differs and occurs is translated. */
function parsePattern(text: string, pattern: string): BoundedPattern {
  const translated = pattern
    .replaceAll("(?P<", "(?<")
    .replace(/^\(\?i\)/, "")
    .replaceAll("\\A", "^")
    .replaceAll("\\Z", "$");
  try {
    return boundedPattern(translated, { ignoreCase: true });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SelectorError(`'${text}' is not a selector: ${error.message}`);
  }
}

/** What a selector says of a priority: taken, left, or it depends on program or text. */
export type Verdict = 0 | 1 | 2;
export const LEAVE: Verdict = 0;
export const TAKE: Verdict = 1;
export const DEPENDS: Verdict = 2;

/** A selector in the form that records are held against. */
export class Selector {
  /** One verdict per priority. */
  readonly #verdicts = new Uint8Array(PRIORITY_COUNT);
  readonly #specs: readonly Spec[];

  /** `forcedSeverity` is that of `--log-level`. */
  constructor(specs: SelectorSpecs, forcedSeverity?: number) {
    this.#specs = forcedSeverity === undefined
      ? specs
      : specs.map((spec) => widen(spec, forcedSeverity));
    for (let priority = 0; priority < PRIORITY_COUNT; priority++) {
      this.#verdicts[priority] = decide(this.#specs, priority, unknownWhat);
    }
  }

  /** Returns what is known from the priority alone. */
  verdict(priority: number): Verdict {
    return this.#verdicts[priority] as Verdict;
  }

  /** Returns what is known where the program is known as well: `DEPENDS` then means its text. */
  verdictForProgram(priority: number, program: string): Verdict {
    const wanted = new TextEncoder().encode(program.toLowerCase());
    return decide(this.#specs, priority, (what) => {
      if (what.kind === "pattern") return DEPENDS;
      return equalBytes(what.lowerCaseName, wanted) ? TAKE : LEAVE;
    });
  }

  /** Tells whether a record is taken. */
  matches(record: Selectable): boolean {
    const verdict = this.#verdicts[record.priority];
    if (verdict !== DEPENDS) return verdict === TAKE;
    return decide(this.#specs, record.priority, (what) => {
      if (what.kind === "pattern") return what.pattern.test(record.rawText()) ? TAKE : LEAVE;
      return record.programIs(what.lowerCaseName) ? TAKE : LEAVE;
    }) === TAKE;
  }
}

type Ask = (what: Exclude<What, { kind: "facilities" }>) => Verdict;

function unknownWhat(): Verdict {
  return DEPENDS;
}

function widen(spec: Spec, forced: number): Spec {
  const positive = !spec.notWhat && !spec.notPriority;
  if (!positive || forced <= spec.severity) return spec;
  return { ...spec, severity: forced, exact: false };
}

/** Three-valued: `DEPENDS` only where no answer about what is unknown could change the result. */
function decide(specs: readonly Spec[], priority: number, ask: Ask): Verdict {
  let taken: Verdict = LEAVE;
  let open = false;
  for (const spec of specs) {
    const contribution = contributionOf(spec, priority, ask);
    if (spec.notWhat || spec.notPriority) {
      if (contribution === LEAVE) return LEAVE;
      if (contribution === DEPENDS) open = true;
    } else if (contribution === TAKE) {
      taken = TAKE;
    } else if (contribution === DEPENDS && taken === LEAVE) {
      taken = DEPENDS;
    }
  }
  return taken === TAKE && open ? DEPENDS : taken;
}

function contributionOf(spec: Spec, priority: number, ask: Ask): Verdict {
  const severity = priority & 7;
  const inRange = spec.exact ? severity === spec.severity : severity <= spec.severity;
  if (spec.notWhat && spec.notPriority) {
    return inRange ? LEAVE : not(whatMatches(spec.what, priority, ask));
  }
  const both = inRange ? whatMatches(spec.what, priority, ask) : LEAVE;
  return spec.notWhat || spec.notPriority ? not(both) : both;
}

function whatMatches(what: What, priority: number, ask: Ask): Verdict {
  if (what.kind !== "facilities") return ask(what);
  return what.numbers === "all" || what.numbers.has(priority >> 3) ? TAKE : LEAVE;
}

function not(verdict: Verdict): Verdict {
  if (verdict === DEPENDS) return DEPENDS;
  return verdict === TAKE ? LEAVE : TAKE;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
