/** The loggers of s6 and runit, which read what a service prints, as logging sections. */
import type { Draft } from "./draft.ts";

/** Whether a script runs a logger that is known. */
export function isLogger(run: string): boolean {
  return /\b(?:s6-log|logutil-service|svlogd|multilog)\b/.test(run);
}

/**
 * What the control directives of s6-log(1) say where they say nothing, and those of
 * logutil-service.
 */
const DEFAULTS = { size: "99999", keep: "10" };
const UTIL_DEFAULTS = { size: "1000000", keep: "20" };

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
  const words = (call?.[2] ?? "").trim().split(/\s+/);
  const folder = words.find((word) => /^\.?\/[\w./@-]*$/.test(word));
  if (folder === undefined || producers.length === 0 || call?.[1] === "svlogd") {
    draft.remark(`Left out: ${name}, a logger, since chaperone takes the output itself.`);
    return;
  }
  const { size, keep } = call?.[1] === "logutil-service" ? UTIL_DEFAULTS : DEFAULTS;
  const number = (letter: string) =>
    words.map((word) => new RegExp(`^${letter}(\\d+)$`).exec(word)?.[1]).find(Boolean);
  draft.logging(`${producers[0]}-file`)
    .set("selector", producers.map((producer) => `[${producer}].*`).join(";"))
    .set("file", `${folder.replace(/\/$/, "")}/current`)
    .set("rotate_size", Number(number("s") ?? size))
    .set("rotate_keep", Number(number("n") ?? keep))
    .remark(`In place of the logger ${name}. Rotated files are called current.1 and so on.`);
}
