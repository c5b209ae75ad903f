/** Remarks on services that do what chaperone itself does. */
import type { Draft } from "./draft.ts";

const ROLES: readonly [program: RegExp, remark: string][] = [
  [
    /(?:^|[/\s])(?:rsyslogd|syslog-ng|syslogd|socklog)(?=\s|$)/,
    "chaperone itself receives what is logged to /dev/log, and this program would take its place there:" +
    " leave it out, and name files and log hosts in logging sections.",
  ],
  [
    /(?:^|[/\s])(?:cron|crond|anacron)(?=\s|$)/,
    "Services of type cron take the place of a cron daemon: convert its tables with --from-crontab.",
  ],
];

/** Says above each service that competes with chaperone what to do with it. */
export function remarkOnOwnRoles(draft: Draft): void {
  for (const service of draft.services) {
    // A job that asks whether anacron is there, as those of Debian do, is none itself.
    if (service.get("type") === "cron") continue;
    const command = String(service.get("command") ?? "");
    for (const [program, remark] of ROLES) {
      if (program.test(command)) service.remark(remark);
    }
  }
}
