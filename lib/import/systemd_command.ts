/** Command lines of systemd units, see systemd.service(5), COMMAND LINES. */
import { wordsIn } from "../config/environment/shell_words.ts";
import { literal } from "../config/environment/expansion.ts";
import { type DraftSection, quoteForShell, shellCommand } from "./draft.ts";

/** What a unit is called, for its specifiers. */
export interface UnitName {
  /** `getty@tty1.service`. */
  readonly full: string;
  /** `getty@tty1`. */
  readonly stem: string;
  /** `getty`. */
  readonly prefix: string;
  /** `tty1`; empty for a unit that is not an instance. */
  readonly instance: string;
}

/** Takes the name of a unit file apart. */
export function unitName(path: string): UnitName {
  const full = path.slice(path.lastIndexOf("/") + 1);
  const stem = full.replace(/\.\w+$/, "");
  const at = stem.indexOf("@");
  return at < 0
    ? { full, stem, prefix: stem, instance: "" }
    : { full, stem, prefix: stem.slice(0, at), instance: stem.slice(at + 1) };
}

/**
 * Replaces the specifiers whose values a container knows, see systemd.unit(5); the others are left
 * and told.
 */
export function expandSpecifiers(
  text: string,
  unit: UnitName,
  tellUnknown: (specifier: string) => void = () => {},
): string {
  const values: Readonly<Record<string, string>> = {
    "%": "%",
    n: unit.full,
    N: unit.stem,
    p: unit.prefix,
    i: unit.instance,
    I: unit.instance.replaceAll("-", "/"),
    t: "/run",
    S: "/var/lib",
    C: "/var/cache",
    L: "/var/log",
    E: "/etc",
    T: "/tmp",
    V: "/var/tmp",
  };
  return text.replace(/%([A-Za-z%])/g, (whole, letter: string) => {
    const value = values[letter];
    if (value === undefined) tellUnknown(whole);
    return value ?? whole;
  });
}

/** A command without the characters before it that change how it runs. */
export interface UnitCommand {
  readonly text: string;
  /** `-`: its failure does not count. */
  readonly mayFail: boolean;
}

/** Takes the special characters off a command; those without counterpart are remarked. */
export function parseUnitCommand(line: string, service: DraftSection): UnitCommand {
  const [, flags = "", text = ""] = /^([-@:+!|]*)\s*([\s\S]*)$/.exec(line) ?? [];
  if (/[+!]/.test(flags)) {
    service.remark(`No counterpart: '${flags.replace(/[^+!]/g, "")}' before ${text}, run as root`);
  }
  if (!flags.includes("@")) return { text, mayFail: flags.includes("-") };
  const [program = "", , ...rest] = splitOrWhole(text);
  service.remark(`No counterpart: '@', another name for the program in ${text}`);
  return {
    text: [program, ...rest].map(quoteForShell).join(" "),
    mayFail: flags.includes("-"),
  };
}

function splitOrWhole(text: string): string[] {
  return wordsIn(text) ?? [text];
}

/**
 * Formats a command for a directive. systemd replaces variables when it starts a command, chaperone
 * when it loads: where there are any, a shell does it.
 */
export function formatUnitCommand({ text, mayFail }: UnitCommand): string {
  const variables = /(?<!\$)\$(?:\{\w+\}|\w+)/;
  if (!variables.test(text) && !mayFail) return literal(text.replaceAll("$$", "$"));
  const words = splitOrWhole(text).map(formatShellWord);
  const command = words.join(" ");
  return shellCommand(mayFail ? `${command} || true` : `exec ${command}`);
}

/** `${X}` is part of a word, `$X` alone is split into words. */
function formatShellWord(word: string): string {
  if (/^\$\w+$/.test(word)) return word;
  if (!word.includes("$")) return quoteForShell(word);
  const quoted = word.replace(/\$\$|\$\{(\w+)\}(?!\w)|["\\`]/g, (text, name?: string) => {
    if (name !== undefined) return `$${name}`;
    return text === "$$" ? "\\$" : `\\${text}`;
  });
  return `"${quoted}"`;
}

/** Formats commands that follow each other, until one fails that must not. */
export function formatUnitCommands(commands: readonly UnitCommand[]): string {
  const lines = commands.map(({ text, mayFail }) =>
    splitOrWhole(text).map(formatShellWord).join(" ") + (mayFail ? " || true" : "")
  );
  return shellCommand(`set -e; ${lines.join("; ")}`);
}

/** Splits a value that is a list of words, quotes included. */
export function unitWords(text: string): string[] {
  return splitOrWhole(text);
}

/** Reads a time span, see systemd.time(7), as seconds; `undefined` for infinity and the like. */
export function parseTimeSpan(text: string): number | undefined {
  const unitSeconds: Readonly<Record<string, number>> = {
    us: 1e-6,
    ms: 1e-3,
    s: 1,
    sec: 1,
    second: 1,
    seconds: 1,
    "": 1,
    m: 60,
    min: 60,
    minute: 60,
    minutes: 60,
    h: 3600,
    hr: 3600,
    hour: 3600,
    hours: 3600,
    d: 86400,
    day: 86400,
    days: 86400,
    w: 604800,
    week: 604800,
    weeks: 604800,
  };
  if (!/^\s*(?:\d+(?:\.\d+)?\s*[a-z]*\s*)+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)) {
    const factor = unitSeconds[unit];
    if (factor === undefined) return undefined;
    total += Number(amount) * factor;
  }
  return Math.round(total * 1000) / 1000;
}
