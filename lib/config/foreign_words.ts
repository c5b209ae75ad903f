/**
 * Directives of other programs, as hands that know those write them, and what says the same here: a
 * directive, or a line to write.
 */
import type { SectionKind } from "./directive.ts";

/** By the word in small letters. */
export const FOREIGN_WORDS: Readonly<Record<string, string>> = {
  // Compose
  image: "what is in the image is run: command",
  entrypoint: "command",
  environment: "env_set",
  "depends_on": "after, or requires",
  user: "uid",
  "working_dir": "directory",
  healthcheck: "health",
  "stop_signal": "kill_signal",
  "stop_grace_period": "stop_timeout",
  "stdin_open": "stdin: inherit",
  ulimits: "limits",
  scale: "instances",
  replicas: "instances",
  // supervisord
  autostart: "enabled",
  autorestart: "restart",
  startsecs: "startup_pause",
  startretries: "restart_limit",
  exitcodes: "success_codes",
  stopsignal: "kill_signal",
  stopwaitsecs: "stop_timeout",
  numprocs: "instances",
  priority: "after",
  "stdout_logfile": "a section NAME.logging with selector and file",
  "stderr_logfile": "a section NAME.logging with selector and file",
  "redirect_stderr": "a section NAME.logging takes both streams",
  // systemd
  execstart: "command",
  execstartpre: "a service of type oneshot, and after",
  execstop: "stop_command",
  execreload: "reload_command",
  restartsec: "restart_delay",
  workingdirectory: "directory",
  environmentfile: "env_file",
  group: "gid",
  killsignal: "kill_signal",
  timeoutstartsec: "process_timeout",
  timeoutstopsec: "stop_timeout",
  wantedby: "enabled",
  bindsto: "requires",
  partof: "follows",
  oncalendar: "type: cron, and interval",
  description: "a comment, after #",
  // and of several
  cmd: "command",
  exec: "command",
  program: "command",
  args: "command, with its arguments",
  cwd: "directory",
  workdir: "directory",
  env: "env_set",
  schedule: "type: cron, and interval",
  cron: "type: cron, and interval",
  signal: "kill_signal",
  timeout: "process_timeout, stop_timeout or run_timeout",
  ports: "listen has chaperone open one and hand it over; a program opens its own",
};

/** Returns the end of a message about an unknown directive; empty where it is nobody's. */
export function explainForeign(kind: SectionKind, word: string): string {
  const known = word.toLowerCase();
  if (kind !== "service" || !Object.hasOwn(FOREIGN_WORDS, known)) return "";
  return `; here it is ${FOREIGN_WORDS[known]}`;
}
