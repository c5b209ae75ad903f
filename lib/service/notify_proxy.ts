/**
 * What sdnotify-exec makes of the messages of the program it runs. Pure: knows no socket and no
 * time. Texts are those of chaperone 0.3.9.
 */

/** What the lines are judged by. */
export interface ProxyRules {
  readonly wait: "none" | "ready" | "stop";
  /** Whether lines are passed on. */
  readonly forwards: boolean;
  /** The command as messages show it. */
  readonly command: string;
}

/** What follows from one datagram. */
export interface ProxyVerdict {
  /** The lines to pass on, as one datagram; empty: nothing. */
  readonly forward: string;
  /** What `--verbose` prints. */
  readonly notes: readonly string[];
  /** Present: the end, with this exit code or that of the command. */
  readonly end?: number | "command";
}

const LINE = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/;

/** Judges the text of a datagram. */
export function judgeDatagram(text: string, rules: ProxyRules): ProxyVerdict {
  const forwarded: string[] = [];
  const notes: string[] = [];
  let end: ProxyVerdict["end"];
  for (const line of text.split("\n")) {
    const match = LINE.exec(line);
    if (match === null) continue;
    if (rules.forwards) forwarded.push(line);
    const key = (match[1] as string).toUpperCase();
    const value = match[2] as string;
    const ending = end === undefined ? endOf(key, value, rules) : undefined;
    if (ending === undefined) {
      const suffix = rules.forwards ? " (ignored but passed on)" : " (ignored)";
      notes.push(describe(key, value) + suffix);
    } else {
      end = ending.end;
      notes.push(ending.note);
    }
  }
  return { forward: forwarded.join("\n"), notes, ...(end === undefined ? {} : { end }) };
}

function endOf(
  key: string,
  value: string,
  rules: ProxyRules,
): { end: number | "command"; note: string } | undefined {
  if (rules.wait === "none") return undefined;
  if (key === "READY" && value === "1" && rules.wait === "ready") {
    return { end: 0, note: "ready notification received (will exit)" };
  }
  if (key === "ERRNO" && /^\d{1,9}$/.test(value)) {
    const note = `error notification (${value}) received from ${rules.command}`;
    // An exit status has one byte; an error must not become success.
    return { end: Math.min(Number(value), 255), note };
  }
  if (key === "STOPPING" && value === "1") {
    const note = `STOP notification received from ${rules.command} (will exit)`;
    return { end: "command", note };
  }
  return undefined;
}

function describe(key: string, value: string): string {
  switch (key) {
    case "MAINPID":
      return `Process PID (=${value}) notification`;
    case "ERRNO":
      return `Process ERROR (=${value}) notification`;
    case "STATUS":
      return `Status message = '${value}'`;
    default:
      return `${key}=${value}`;
  }
}
