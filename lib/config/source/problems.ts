/** Collects what is wrong with a configuration, and prints it. */
import {
  ConfigError,
  type Diagnostic,
  formatDiagnostic,
  type SourcePosition,
} from "../../base/errors.ts";
import type { SourceFile } from "./source.ts";

/** More findings than anybody reads at once. */
const PRINTED_MAX = 50;

/** A place in a file that is turned into line and column only if somebody reads it. */
export interface Place {
  readonly file: SourceFile;
  readonly offset: number;
}

/** The findings of one load. */
export class Problems {
  readonly #errors: Diagnostic[] = [];
  readonly #warnings: Diagnostic[] = [];
  readonly #seen = new Set<string>();

  /** Adds an error, once for each place and text. */
  add(message: string, place?: Place): void {
    const diagnostic = locate(message, place);
    if (this.#isNew(formatDiagnostic(diagnostic))) this.#errors.push(diagnostic);
  }

  /** Adds findings that already have positions. */
  addAll(diagnostics: readonly Diagnostic[]): void {
    this.#errors.push(...diagnostics);
  }

  /** Adds something that loads but cannot work as written, once for each place and text. */
  warn(message: string, place?: Place): void {
    const diagnostic = locate(message, place);
    if (this.#isNew(`warning: ${formatDiagnostic(diagnostic)}`)) this.#warnings.push(diagnostic);
  }

  /** Whether a text is the first of its kind: the copies of a service are told the same. */
  #isNew(text: string): boolean {
    if (this.#seen.has(text)) return false;
    this.#seen.add(text);
    return true;
  }

  /** Adds warnings that already have positions. */
  warnAll(diagnostics: readonly Diagnostic[]): void {
    this.#warnings.push(...diagnostics);
  }

  /** Whether there are more than are printed: what is added needs no suggestion. */
  get isFull(): boolean {
    return this.#errors.length >= PRINTED_MAX;
  }

  get isEmpty(): boolean {
    return this.#errors.length === 0;
  }

  get warnings(): readonly Diagnostic[] {
    return this.#warnings;
  }

  /** @throws {ConfigError} with every error so far, those without a position first. */
  throwIfAny(fileNames: readonly string[]): void {
    if (this.#errors.length === 0) return;
    const rank = (position: SourcePosition) => fileNames.indexOf(position.file);
    const sorted = this.#errors.toSorted((a, b) => {
      if (a.position === undefined || b.position === undefined) {
        return Number(a.position !== undefined) - Number(b.position !== undefined);
      }
      return rank(a.position) - rank(b.position) || a.position.line - b.position.line ||
        a.position.column - b.position.column;
    });
    throw new ConfigError(sorted);
  }
}

function locate(message: string, place: Place | undefined): Diagnostic {
  return place === undefined
    ? { message }
    : { message, position: place.file.position(place.offset) };
}

/**
 * Formats a configuration error for stderr, a line for each finding:
 * `/etc/chaperone.d/web.conf:3:5: Configuration Error: …`, without a position from `Configuration`.
 * Of very many, the first ones and how many there are besides.
 */
export function formatConfigError(error: ConfigError): string {
  const lines = error.diagnostics.slice(0, PRINTED_MAX).map(({ message, position }) =>
    formatDiagnostic({
      message: `Configuration Error: ${message}`,
      ...(position === undefined ? {} : { position }),
    })
  );
  const more = error.diagnostics.length - lines.length;
  if (more > 0) {
    const told = more === 1 ? "is 1 more error" : `are ${more} more errors`;
    lines.push(`Configuration Error: there ${told}`);
  }
  return lines.join("\n");
}
