import { assert, assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { convert } from "./converting.ts";

const COMPETES = /itself receives what is logged|take the place of a cron daemon/;

function remarkOn(command: string): string | undefined {
  const { text } = convert("procfile", { Procfile: `one: ${command}\n` });
  return COMPETES.exec(text.replace(/\n# ?/g, " "))?.[0];
}

test("convertSources says what chaperone does itself", () => {
  const cases: [command: string, expected: string | undefined][] = [
    ["/usr/sbin/rsyslogd -n", "itself receives what is logged"],
    ["/bin/sh -c 'rm -f /run/pid; exec rsyslogd -n'", "itself receives what is logged"],
    ["busybox syslogd -n", "itself receives what is logged"],
    ["cron -f", "take the place of a cron daemon"],
    ["/usr/sbin/crond -n", "take the place of a cron daemon"],
    ["/usr/bin/logger -t cron.daily hello", undefined],
    ["/opt/cron-exporter --port 9", undefined],
    ["/srv/cron/run", undefined],
  ];
  for (const [command, expected] of cases) assertEquals(remarkOn(command), expected, command);
});

test("convertSources says it of the service, not of the whole", () => {
  const { text } = convert("systemd", {
    "rsyslog.service": "[Service]\nExecStart=/usr/sbin/rsyslogd -n\n",
    "web.service": "[Service]\nExecStart=/usr/sbin/nginx\n",
  });
  const remark = text.indexOf("itself receives");
  assert(remark > 0 && remark < text.indexOf("rsyslog.service:\n"), text);
  assertEquals(text.lastIndexOf("itself receives"), remark);
});
