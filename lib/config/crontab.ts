/**
 * Reads a crontab(5) file: a user's own, or the form of /etc/crontab and /etc/cron.d with a column
 * for the user. Pure: whoever calls reads the file and starts what comes out.
 *
 * A line becomes an entry or a finding; a line that cannot be read does not spoil the others.
 * Settings concern the lines below them, are data and not expanded. Beyond cron(8) as Debian has
 * it, `CRON_TZ` sets the time zone of the lines below (cronie), and a file need not end with a
 * newline. Not taken over: MAILTO, since output is logged.
 */
import type { Diagnostic } from "../base/errors.ts";
import type { CheckInterval } from "./interval_check.ts";

/** One command of a crontab. */
export interface CrontabEntry {
  /** Counts from 1. */
  readonly line: number;
  /** As the directive `interval` takes it. */
  readonly interval: string;
  readonly timezone?: string;
  /** Only in the system form. */
  readonly user?: string;
  /** What the shell is given: the text up to the first `%` that no backslash protects. */
  readonly command: string;
  /** The shell that `SHELL` names, or /bin/sh, with `-c` and the command. */
  readonly argv: readonly string[];
  /** What the command reads from its standard input; without it, nothing. Ends with a newline. */
  readonly input?: string;
  /** The settings above the line, in order of their first appearance. Values are verbatim. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A crontab as far as it could be read. */
export interface Crontab {
  readonly entries: readonly CrontabEntry[];
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

export interface CrontabOptions {
  /** Named by the findings. */
  readonly file: string;
  /** Whether a user stands between the times and the command. */
  readonly system: boolean;
  readonly check?: CheckInterval;
  /** Its lines become services of type cron, whose day fields go together otherwise. */
  readonly asCron?: boolean;
}

const NICKNAMES: Readonly<Record<string, string>> = {
  "@reboot": "@reboot",
  "@yearly": "@yearly",
  "@annually": "@annually",
  "@monthly": "@monthly",
  "@weekly": "@weekly",
  "@daily": "@daily",
  "@midnight": "@daily",
  "@hourly": "@hourly",
};

/** Set by cron(8) itself from the user database. */
const FIXED_NAMES: readonly string[] = ["LOGNAME", "USER"];

/**
 * Each command becomes a service, and whoever may write a crontab must not have chaperone use up its
 * memory: cron(8) takes no more lines either.
 */
const TEXT_MAX_CHARS = 256 * 1024;
const STATEMENTS_MAX = 1000;

/** Reads a crontab. */
export function parseCrontab(text: string, options: CrontabOptions): Crontab {
  const reader = new CrontabReader(options);
  if (text.length > TEXT_MAX_CHARS) reader.refuse(`is larger than ${TEXT_MAX_CHARS / 1024} KiB`, 1);
  else reader.readAll(text.replace(/^\ufeff/, "").split("\n"));
  return { entries: reader.entries, errors: reader.errors, warnings: reader.warnings };
}

class CrontabReader {
  readonly entries: CrontabEntry[] = [];
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];
  readonly #options: CrontabOptions;
  #environment: Readonly<Record<string, string>> = {};
  #timezone: string | undefined;

  constructor(options: CrontabOptions) {
    this.#options = options;
  }

  readAll(lines: readonly string[]): void {
    let statements = 0;
    for (const [index, each] of lines.entries()) {
      const line = each.replace(/\r$/, "");
      const start = line.search(/[^ \t]/);
      if (start < 0 || line[start] === "#") continue;
      if (++statements > STATEMENTS_MAX) {
        return this.refuse(`has more than ${STATEMENTS_MAX} commands and settings`, index + 1);
      }
      this.#readLine(line, start, index + 1);
    }
  }

  /** Nothing of it counts. */
  refuse(why: string, line: number): void {
    for (const list of [this.entries, this.errors, this.warnings]) list.length = 0;
    this.#report(this.errors, `the crontab ${why}, none of it is read`, line, 1);
  }

  #readLine(line: string, start: number, number: number): void {
    const column = start + 1;
    if (line.includes("\0")) {
      this.#report(this.errors, "a line cannot contain a NUL character", number, column);
      return;
    }
    const setting = parseSetting(line.slice(start));
    if (setting !== undefined) this.#readSetting(setting, number, column);
    else this.#readEntry(line, start, number);
  }

  #readSetting({ name, value }: Setting, line: number, column: number): void {
    if (FIXED_NAMES.includes(name)) {
      const message = `${name} is set from the user's account and cannot be changed`;
      this.#report(this.warnings, message, line, column);
      return;
    }
    if (name === "CRON_TZ") this.#timezone = value === "" ? undefined : value;
    else this.#environment = { ...this.#environment, [name]: value };
  }

  #readEntry(text: string, start: number, line: number): void {
    const times = this.#readTimes(text, start, line);
    if (times === undefined) return;
    const { interval } = times;
    const fault = this.#options.check?.(interval, this.#timezone, { days: "crontab" });
    if (fault !== undefined) {
      this.#report(fault.isNever ? this.warnings : this.errors, fault.text, line, start + 1);
      if (!fault.isNever) return;
    }
    let at = times.end;
    let user: string | undefined;
    if (this.#options.system) {
      [user, at] = readWord(text, at);
      if (user === "") {
        this.#report(this.errors, "expected a user and a command", line, at + 1);
        return;
      }
    }
    const command = splitCommand(text.slice(skipBlanks(text, at)));
    if (command.command.trim() === "") {
      this.#report(this.errors, "expected a command", line, at + 1);
      return;
    }
    this.entries.push({
      line,
      interval,
      ...(this.#timezone === undefined ? {} : { timezone: this.#timezone }),
      ...(user === undefined ? {} : { user }),
      ...command,
      argv: [this.#environment["SHELL"] ?? "/bin/sh", "-c", command.command],
      environment: this.#environment,
    });
  }

  /** Reads the nickname or the five fields at the beginning of a line. */
  #readTimes(
    text: string,
    start: number,
    line: number,
  ): { readonly interval: string; readonly end: number } | undefined {
    if (text[start] === "@") {
      const [word, end] = readWord(text, start);
      const interval = NICKNAMES[word.toLowerCase()];
      if (interval !== undefined) return { interval, end };
      this.#report(this.errors, `unknown nickname '${word}'`, line, start + 1);
      return undefined;
    }
    const fields: string[] = [];
    let end = start;
    for (let count = 0; count < 5; count++) {
      const [field, next] = readWord(text, end);
      if (field === "") {
        const message = `expected five times and a command, not '${text.trim()}'`;
        this.#report(this.errors, message, line, start + 1);
        return undefined;
      }
      fields.push(field);
      end = next;
    }
    if (this.#options.asCron) this.#warnOfSteppedDays(fields, line, start + 1);
    return { interval: fields.join(" "), end };
  }

  /** Points out where an interval means something else in `type: cron` than for cron(8). */
  #warnOfSteppedDays(fields: readonly string[], line: number, column: number): void {
    const [, , day = "", , weekday = ""] = fields;
    const isPlain = (field: string) => /^\*(\/0*1)?$/.test(field);
    const isStepped = [day, weekday].some((field) => field.startsWith("*") && !isPlain(field));
    if (!isStepped || isPlain(day) || isPlain(weekday)) return;
    const message = `day of month '${day}' and day of week '${weekday}': it runs when either ` +
      "matches, where cron(8) would ask for both";
    this.#report(this.warnings, message, line, column);
  }

  #report(list: Diagnostic[], message: string, line: number, column: number): void {
    list.push({ message, position: { file: this.#options.file, line, column } });
  }
}

interface Setting {
  readonly name: string;
  readonly value: string;
}

/** Reads `NAME = value`; either may be quoted. `undefined` where the line is none. */
function parseSetting(text: string): Setting | undefined {
  const match = /^(?:"([^"=]+)"|'([^'=]+)'|([^\s="'@*]+))[ \t]*=[ \t]*(.*)$/.exec(text);
  if (match === null) return undefined;
  const name = match[1] ?? match[2] ?? match[3] ?? "";
  const raw = (match[4] ?? "").trimEnd();
  const quoted = /^(["'])(.*)\1$/.exec(raw);
  return { name, value: quoted?.[2] ?? raw };
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\t") at++;
  return at;
}

/** Returns the next word, empty at the end of the line, and where it ends. */
function readWord(text: string, from: number): [word: string, end: number] {
  const start = skipBlanks(text, from);
  let end = start;
  while (end < text.length && text[end] !== " " && text[end] !== "\t") end++;
  return [text.slice(start, end), end];
}

/**
 * Splits a command from its standard input: the first `%` ends the command, each further one is a
 * newline of the input. `\%` is a percent sign in both, any other backslash is left alone.
 */
function splitCommand(text: string): { readonly command: string; readonly input?: string } {
  const pieces: string[] = [""];
  for (const [token] of text.matchAll(/\\[^]|[^]/gu)) {
    if (token === "%") pieces.push("");
    else pieces.push((pieces.pop() ?? "") + (token === "\\%" ? "%" : token));
  }
  const [command = "", ...input] = pieces;
  if (input.length === 0) return { command };
  const joined = input.join("\n");
  return { command, input: joined.endsWith("\n") ? joined : `${joined}\n` };
}
