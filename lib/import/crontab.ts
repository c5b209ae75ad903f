/** From a crontab to cron services. */
import { formatDiagnostic } from "../base/errors.ts";
import { parseCrontab } from "../config/crontab.ts";
import type { CheckInterval } from "../config/interval_check.ts";
import { literal } from "../config/environment/expansion.ts";
import { type Draft, quoteForShell } from "./draft.ts";

/** A job of root, where there is a column of users: nobody has a program of that name. */
const ROOTS_JOB = /^[ \t]*(?:@\w+|(?:[\w*/,-]+[ \t]+){4}[\w*/,-]+)[ \t]+root[ \t]/m;

/**
 * Whether a crontab has a column of users. Elsewhere than in /etc, a file of that name may or may
 * not.
 */
function isSystemCrontab(path: string, text: string): boolean {
  if (/(?:^|\/)etc\/(?:crontab|anacrontab)$|(?:^|\/)cron\.d\//.test(path)) return true;
  return /(?:^|\/)crontab$/.test(path) && ROOTS_JOB.test(text);
}

/**
 * Converts a crontab into services of `draft`. `path` tells its form and is named by remarks; what
 * has a time that cannot be is left out, or the whole would not load.
 */
export function importCrontab(
  path: string,
  text: string,
  { draft, checkInterval: check }: {
    readonly draft: Draft;
    readonly checkInterval: CheckInterval | undefined;
  },
): void {
  const system = isSystemCrontab(path, text);
  const crontab = parseCrontab(text, {
    file: path,
    system,
    asCron: true,
    ...(check === undefined ? {} : { check }),
  });
  for (const error of crontab.errors) draft.remark(`Not understood: ${formatDiagnostic(error)}`);
  for (const warning of crontab.warnings) draft.remark(formatDiagnostic(warning));
  for (const entry of crontab.entries) {
    const service = draft.service(jobName(entry.command)).set("type", "cron");
    service.set("interval", entry.interval).set("timezone", entry.timezone);
    service.set("command", entry.argv.map((word) => quoteForShell(literal(word))).join(" "));
    service.set("uid", entry.user);
    const { SHELL: _shell, MAILTO: mailTo, ...variables } = entry.environment;
    const texts = Object.entries(variables).map(([name, value]) => [name, literal(value)]);
    service.addVariables(Object.fromEntries(texts));
    if (mailTo) {
      service.remark(`No counterpart: MAILTO=${mailTo}. Output is logged; see on_failure.`);
    }
    if (entry.input !== undefined) {
      service.remark(`No counterpart: standard input after '%' in line ${entry.line}.`);
    }
  }
}

/** Words that say how a job is run and not which it is. */
const WRAPPERS =
  /^(?:test|cd|exec|env|nice|ionice|timeout|flock|sudo|su|root|sh|bash|if|\[|-.*|.*=.*)$/;

/** What guards a job: `test -x PROGRAM ||`, `[ … ] &&`, and the file that flock(1) locks. */
const GUARDS = /^\s*(?:test|\[)\s[^&|]*(?:&&|\|\|)|\bflock\s+(?:-[wE]\s*\S+\s+|-\S+\s+)*\S+/g;

function jobName(command: string): string {
  const words = command.replace(GUARDS, " ").replace(/[&|;()<>'"`]+/g, " ").trim().split(/\s+/);
  const names = words.map((word) => word.slice(word.lastIndexOf("/") + 1));
  const name = names.find((word) => /[A-Za-z]/.test(word) && !WRAPPERS.test(word)) ?? "job";
  return name.replace(/\.(?:sh|py|pl|rb)$/, "");
}
