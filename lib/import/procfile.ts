/** From a Procfile, as foreman and Heroku read it. */
import { literal } from "../config/environment/expansion.ts";
import { type Draft, needsShell, shellCommand } from "./draft.ts";

/** The port that foreman gives the first process; each further one is 100 more. */
const FIRST_PORT = 5000;
const PORT_STEP = 100;

/** Converts the text of a Procfile into services of `draft`. */
export function importProcfile(text: string, draft: Draft): void {
  draft.remark(
    "As with foreman, the container ends when one of the processes does (exit_kills). With " +
      "'restart: true' in its place a process is started again.",
  );
  let port = FIRST_PORT;
  for (const [index, line] of text.split("\n").entries()) {
    const match = /^([A-Za-z0-9_-]+):\s*(.+?)\s*$/.exec(line);
    if (match === null) {
      if (/\S/.test(line) && !/^\s*#/.test(line)) {
        draft.remark(`Not understood: ${line.trim()} (line ${index + 1})`);
      }
      continue;
    }
    const [, name = "", command = ""] = match;
    if (name === "release") {
      draft.service(name).set("type", "oneshot").set("service_groups", "INIT")
        .set("command", commandOf(command));
      continue;
    }
    const service = draft.service(name).set("command", commandOf(command)).set("exit_kills", true);
    // A web process may ask for it without a word of it on its command line.
    if (name === "web" || /\$\{?PORT\b/.test(command)) {
      service.addVariables({ PORT: `$(PORT:-${port})` });
    }
    port += PORT_STEP;
  }
}

/** A simple command is exec'd, so that signals reach the program and not the shell. */
function commandOf(command: string): string {
  if (!needsShell(command)) return literal(command);
  const isSimple = !/[|&;<>`(]/.test(command.replace(/'[^']*'|"[^"]*"/g, ""));
  if (!isSimple) return shellCommand(command);
  const hasAssignment = /^\s*[A-Za-z_]\w*=/.test(command);
  return shellCommand(hasAssignment ? `exec env ${command}` : `exec ${command}`);
}
