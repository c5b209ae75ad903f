/**
 * Real programs write to /dev/log: logger of util-linux and of busybox, the C library's syslog(3),
 * Python's SysLogHandler, nginx; and what Go and packages for Node send, byte for byte. Each has
 * habits of its own: with host or without, NUL or newline at the end.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { inContainer } from "../harness/container.ts";
import { inNamespace } from "../harness/namespace.ts";
import { containerTest, namespaceTest } from "../harness/requirements.ts";
import { waitForLineIn } from "../harness/syslog.ts";

const CONFIG = `
idle.service: { command: "sleep 999" }
all.logging: { file: "$(TEST_DIR)/log", extended: true, logrec_hostname: box, selector: "user,mail,local2.*" }
`;

const python = (script: string) => ["/usr/bin/python3", "-c", script];

/** A program that writes one datagram as it stands. */
const datagram = (text: string) =>
  python(`import socket
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sender.connect("/dev/log")
sender.send(b'''${text}''')`);

/** Command, and the line that it leaves, without date. */
const SENDERS: Readonly<Record<string, readonly [argv: readonly string[], line: RegExp]>> = {
  "logger": [
    ["logger", "-t", "tag", "-p", "mail.warn", "one thing"],
    /^mail\.warn tag: one thing$/,
  ],
  "logger with pid": [["logger", "-i", "-t", "tag", "näh"], /^user\.notice tag\[\d+\]: näh$/],
  "logger --rfc5424": [
    ["logger", "--rfc5424", "--socket-errors=on", "-t", "tag", "--msgid", "m", "one thing"],
    /^user\.notice tag: (?:\[timeQuality [^\]]*\] )?one thing$/,
  ],
  "busybox logger": [
    ["busybox", "logger", "-t", "tag", "-p", "local2.debug", "one thing"],
    /^local2\.debug tag: one thing$/,
  ],
  "syslog(3) of the C library": [
    python('import syslog; syslog.openlog("prog", syslog.LOG_PID); syslog.syslog(3, "one thing")'),
    /^user\.err prog\[\d+\]: one thing$/,
  ],
  "syslog(3) with newlines": [
    python('import syslog; syslog.openlog("prog"); syslog.syslog("one\\nthing\\n")'),
    /^user\.info prog: one#012thing$/,
  ],
  // It sends neither date nor tag by itself, and a NUL at the end.
  "SysLogHandler of Python with a program in its format": [
    python(`import logging, logging.handlers
handler = logging.handlers.SysLogHandler("/dev/log", "local2")
handler.setFormatter(logging.Formatter("shop: %(message)s"))
logging.getLogger().addHandler(handler)
logging.warning("low %s", "stock")`),
    /^local2\.warn shop: low stock$/,
  ],
  "SysLogHandler of Python as it is": [
    python(`import logging, logging.handlers
logging.getLogger().addHandler(logging.handlers.SysLogHandler("/dev/log", "mail"))
logging.error("bare")`),
    /^mail\.err bare$/,
  ],
  "SysLogHandler of Python with a date in its ident": [
    python(`import logging, logging.handlers
handler = logging.handlers.SysLogHandler("/dev/log", "local2")
handler.ident = "Jan  1 00:00:00 prog: "
logging.getLogger().addHandler(handler)
logging.warning("one %s", "ding ß")`),
    /^local2\.warn prog: one ding ß$/,
  ],
  // What log/syslog of Go writes to a Unix socket.
  "Go": [
    datagram("<149>Jan  2 15:04:05 prog[42]: one thing\\n"),
    /^local2\.notice prog\[42\]: one thing$/,
  ],
  // What log/syslog of Go writes to a log host: with the machine's name, and an RFC 3339 date.
  "Go as to a log host": [
    datagram("<149>2026-01-02T15:04:05+01:00 node prog[42]: one thing\\n"),
    /^local2\.notice prog\[42\]: one thing$/,
  ],
  // As packages for Node do that write RFC 3164 with the process's name and no date, or a cookie
  // and JSON.
  "Node without a date": [
    datagram("<150>api[7]: one thing"),
    /^local2\.info api\[7\]: one thing$/,
  ],
  "Node with a cookie": [
    datagram('<147>@cee: {"a": 1}'),
    /^local2\.err @cee: \{"a": 1\}$/,
  ],
};

for (const [name, [argv, expected]] of Object.entries(SENDERS)) {
  namespaceTest(`a record of ${name} arrives`, async () => {
    await using run = await inNamespace({ config: CONFIG });
    const { code, stderr } = await run.exec([
      ...["sh", "-c", 'until [ -S /dev/log ]; do sleep 0.02; done; exec "$@"', "sender"],
      ...argv,
    ]);
    assertEquals([code, stderr], [0, ""]);
    const [line = ""] = await waitForLineIn(`${run.directory}/log`, /\w/);
    assertMatch(line.replace(/ \w{3} [ \d]\d \d\d:\d\d:\d\d box /, " "), expected);
  });
}

namespaceTest("F-038: only a record without a priority is kept whole", async () => {
  await using run = await inNamespace({
    config: `idle.service: { command: "sleep 999" }
all.logging: { file: "$(TEST_DIR)/log", selector: "[?].*" }`,
  });
  const wait = 'until [ -S /dev/log ]; do sleep 0.02; done; exec "$@"';
  await run.exec(["sh", "-c", wait, "sender", ...datagram("<11>kept")]);
  await run.exec(["sh", "-c", wait, "sender", ...datagram("bare")]);
  assertEquals(await waitForLineIn(`${run.directory}/log`, /bare/), ["??bare"]);
});

const NGINX = `daemon off;
error_log syslog:server=unix:/dev/log,tag=errors warn;
pid /run/nginx.pid;
events {}
http {
  access_log syslog:server=unix:/dev/log,facility=local7,tag=web,severity=info;
  server { listen 8080; location / { root /var/www/html; } }
}
`;

containerTest("nginx logs to /dev/log, accesses and errors", async () => {
  await using run = await inContainer({
    image: "debian",
    config: `
nginx.service: { command: "nginx -c /nginx.conf" }
console.logging: { stdout: true, selector: "*.info;[chaperone].!*", extended: true }
`,
    files: { "/nginx.conf": NGINX },
  });
  const fetch = "until busybox wget -q -O - http://127.0.0.1:8080/; do sleep 0.05; done; " +
    "busybox wget -q -O - http://127.0.0.1:8080/missing";
  await run.exec(["sh", "-c", fetch]);
  const date = String.raw`\w{3} [ \d]\d \d\d:\d\d:\d\d`;
  await run.waitForLine(
    new RegExp(String.raw`^local7\.info ${date} \S+ web: 127\.0\.0\.1 .*"GET / HTTP/1\.1" 200`),
  );
  await run.waitForLine(new RegExp(String.raw`^local7\.err ${date} \S+ errors: .*missing`));
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

containerTest("logger and busybox logger of a container log to /dev/log", async () => {
  await using run = await inContainer({
    image: "debian",
    config: `
idle.service: { command: "sleep 999" }
console.logging: { stdout: true, selector: "user.*" }
`,
  });
  await run.exec(["sh", "-c", "until [ -S /dev/log ]; do sleep 0.02; done; logger -t a one"]);
  await run.exec(["busybox", "logger", "-t", "b", "two"]);
  await run.waitForLine(/ a: one$/);
  await run.waitForLine(/ b: two$/);
});
