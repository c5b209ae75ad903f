/** Commands of other programs, as hands that know those type them, and what does the same here. */
export const FOREIGN_COMMANDS: Readonly<Record<string, string>> = {
  // supervisorctl
  tail: "telchap logs -f",
  fg: "telchap logs -f",
  reread: "telchap diff",
  update: "telchap apply",
  avail: "telchap status",
  pid: "telchap status NAME",
  maintail: "telchap events -f",
  add: "telchap apply",
  remove: "telchap apply, or telchap forget",
  clear: "telchap logs --current, which shows the last process alone",
  // systemctl and journalctl
  "daemon-reload": "telchap apply",
  "is-active": "telchap wait, or telchap status NAME",
  "is-enabled": "telchap show NAME",
  "is-failed": "telchap status NAME",
  "list-units": "telchap status",
  "list-timers": "telchap runs",
  "list-dependencies": "telchap graph",
  "reset-failed": "telchap reset",
  "try-restart": "telchap restart",
  cat: "telchap show",
  edit: "the configuration's files, then telchap apply",
  journal: "telchap logs",
  log: "telchap logs",
  kill: "telchap signal NAME TERM, or telchap stop NAME",
  poweroff: "telchap shutdown",
  halt: "telchap shutdown",
  reboot: "telchap shutdown",
  quit: "telchap shutdown",
  exit: "telchap shutdown",
  // s6, docker and compose, monit
  up: "telchap start",
  down: "telchap stop",
  list: "telchap status",
  ls: "telchap status",
  ps: "telchap tree",
  stats: "telchap top",
  inspect: "telchap show",
  config: "telchap show NAME, or telchap check",
  validate: "telchap check",
  summary: "telchap status",
  monitor: "telchap enable",
  unmonitor: "telchap disable",
  version: "telchap --version",
};

/** Returns the end of a message about an unknown command; empty where it is nobody's. */
export function explainForeignCommand(name: string): string {
  return Object.hasOwn(FOREIGN_COMMANDS, name) ? `; here it is ${FOREIGN_COMMANDS[name]}` : "";
}
