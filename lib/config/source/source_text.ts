/** What parsing a configuration file yields, whoever parses it. */
import type { Diagnostic } from "../../base/errors.ts";
import type { SourceMap } from "./source.ts";

/** What a file says, or why it cannot be read. */
export interface ParsedSource {
  /** Absent where the file is empty or wrong. */
  readonly root?: SourceMap;
  readonly problems: readonly Diagnostic[];
}

/** Parses the text of a configuration file. `name` is what messages call it. */
export type ParseSource = (name: string, text: string) => ParsedSource;

/** Longest text that is parsed; parsing takes about a second for it. */
export const SOURCE_MAX_CHARS = 1024 * 1024;
