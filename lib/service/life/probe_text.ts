/** How messages name a probe: as the configuration spells it. */
import type { Probe } from "../../config/model.ts";

/** Returns for example `tcp 127.0.0.1:5432`. */
export function describeProbe(probe: Probe): string {
  switch (probe.kind) {
    case "exec":
      return `exec ${probe.argv.join(" ")}`;
    case "http":
      return `http ${probe.url}`;
    case "tcp":
      return `tcp ${probe.host}:${probe.port}`;
    case "listen":
      return `listen ${probe.port}`;
    case "file":
      return `file ${probe.path}`;
    case "log":
      return `log ${probe.pattern}`;
    case "fd":
      return `fd ${probe.fd}`;
    default:
      return probe satisfies never;
  }
}

/** Says what it means that no try of a probe has come to an end. */
export function describeSilence(probe: Probe): string {
  if (probe.kind === "log") return "no such line";
  return probe.kind === "fd" ? "no newline" : "no answer";
}
