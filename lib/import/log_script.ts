/** The loggers of s6 and runit, which read what a service prints, as logging sections. */
import type { Draft } from "./draft.ts";

/** Whether a script runs a logger that is known. */
export function isLogger(run: string): boolean {
  return /\b(?:s6-log|logutil-service|svlogd|multilog)\b/.test(run);
}

/**
 * How large a file becomes, and how many there are, where nothing is said: see s6-log(1), multilog(8)
 * and svlogd(8).
 */
const DEFAULTS = {
  "s6-log": { size: "99999", keep: "10" },
  multilog: { size: "99999", keep: "10" },
  "logutil-service": { size: "1000000", keep: "20" },
  svlogd: { size: "1000000", keep: "10" },
} as const;

/** Options, sizes, and what asks for times, which each line has here. */
const UNDERSTOOD = /^(?:-[a-z]\w*|--|[sn]\d+|[tT1])?$/;

/**
 * Writes what the services `producers` print to the file that their logger wrote to. `name` is what
 * the logger is called, `run` its script.
 */
export function importLogger(
  name: string,
  run: string,
  producers: readonly string[],
  draft: Draft,
): void {
  const call = /\b(logutil-service|s6-log|svlogd|multilog)\b([^\n;]*)/.exec(run);
  const [, program = "", rest = ""] = call ?? [];
  const words = rest.trim().split(/\s+/)
    .map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
  const folder = words.find((word) => /^\.?\/[\w./@-]*$/.test(word));
  if (folder === undefined || producers.length === 0) {
    draft.remark(`Left out: ${name}, a logger, since chaperone takes the output itself.`);
    return;
  }
  const { size, keep } = DEFAULTS[program as keyof typeof DEFAULTS];
  const number = (letter: string) =>
    words.map((word) => new RegExp(`^${letter}(\\d+)$`).exec(word)?.[1]).find(Boolean);
  const section = draft.logging(`${producers[0]}-file`)
    .set("selector", producers.map((producer) => `[${producer}].*`).join(";"))
    .set("file", `${folder.replace(/\/$/, "")}/current`)
    .set("rotate_size", Number(number("s") ?? size))
    .set("rotate_keep", Number(number("n") ?? keep))
    .remark(`In place of the logger ${name}. Rotated files are called current.1 and so on.`);
  const others = words.filter((word) => word !== folder && !UNDERSTOOD.test(word));
  if (others.length > 0) section.remark(`No counterpart: ${others.join(" ")} of ${program}.`);
  if (program === "svlogd") section.remark(`No counterpart: ${folder}/config, if there is one.`);
}
