/**
 * How rows of the table of directives read their values. Without `otherwise`, a value is undefined
 * where the directive is absent or wrong.
 */
import { parseDuration } from "../base/duration.ts";
import type { Read } from "./directive_row.ts";
import { parseSize, parseWhole, secondsToMs } from "./values.ts";

/** Reads true or false. */
export function flag(otherwise: boolean): Read<boolean> {
  return (section, _environment, name) => section.flag(name) ?? otherwise;
}

/** Reads true or false, or a text that expands to one. */
export function boolean<T extends boolean | undefined = undefined>(
  otherwise?: T,
): Read<boolean | T> {
  return (section, environment, name) => section.boolean(name, environment) ?? otherwise as T;
}

/** Reads seconds as milliseconds. */
export function seconds(otherwise: number): Read<number> {
  return (section, _environment, name) => secondsToMs(section.number(name)?.value ?? otherwise);
}

/** Reads a duration as milliseconds. */
export function duration<T extends number | undefined = undefined>(
  otherwiseMs?: T,
): Read<number | T> {
  return parsed(parseDuration, otherwiseMs);
}

/** Reads a duration as milliseconds; 0 is none. */
export function durationOrNone(): Read<number | undefined> {
  return (section, environment, name) => section.durationMs(name, environment) || undefined;
}

/** Reads a size as bytes. */
export function size(): Read<number | undefined> {
  return parsed(parseSize);
}

/** Reads a whole number within bounds. */
export function whole<T extends number | undefined = undefined>(
  lowest: number,
  highest: number,
  otherwise?: T,
): Read<number | T> {
  return parsed((text) => parseWhole(text, lowest, highest), otherwise);
}

/** Reads the expanded text as a value. */
export function parsed<T, U extends T | undefined = undefined>(
  parse: (text: string) => T | undefined,
  otherwise?: U,
): Read<T | U> {
  return (section, environment, name) => section.parsed(name, environment, parse) ?? otherwise as U;
}

/** As `parsed`, of the text as written: `0022` and `10:20` are numbers to YAML. */
export function source<T>(parse: (text: string) => T | undefined): Read<T | undefined> {
  return (section, environment, name) => section.parsedSource(name, environment, parse);
}

/** Reads each text of a list, or a single text, as a value. */
export function list<T>(
  parse: (text: string) => T | undefined,
  otherwise: readonly T[],
): Read<readonly T[]> {
  return (section, environment, name) => section.parsedList(name, environment, parse) ?? otherwise;
}

/** Reads the texts of a list, or a single text; empty ones are none. */
export function texts(): Read<readonly string[]> {
  return (section, environment, name) =>
    (section.texts(name, environment) ?? []).filter((text) => text !== "");
}

/** Reads a text; an empty one is none. */
export function text(): Read<string | undefined> {
  return (section, environment, name) => section.expanded(name, environment) || undefined;
}

/** Reads one of the words of a choice of 0.3.9. */
export function word<T extends string>(otherwise: T): Read<T> {
  return (section, _environment, name) => (section.word(name) ?? otherwise) as T;
}

/** Reads one of the words of a new choice. */
export function choice<T extends string, U extends T | undefined = undefined>(
  otherwise?: U,
): Read<T | U> {
  return (section, environment, name) => section.choice<T>(name, environment) ?? otherwise as U;
}

/** Reads the words of a command. */
export function command(): Read<readonly string[] | undefined> {
  return (section, environment, name) => section.command(name, environment);
}
