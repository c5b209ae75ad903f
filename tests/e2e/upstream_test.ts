/** chaperone as a notify service of whoever runs the container (checklist M). */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceOptions } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, runToEnd, type Section, sh } from "./scenario.ts";

/**
 * Runs chaperone as a child of Python, which listens on a socket and prints what comes: `up:
 * READY=1`. Ends with chaperone's exit status once that has ended and everything has been read.
 */
const MANAGER = `import os, socket, subprocess, sys, threading, signal
address, words = sys.argv[1], sys.argv[2:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\\0" + address[1:] if address[0] == "@" else address)
def listen():
    while True:
        text = s.recv(4096).decode()
        if text == "END": return
        print("up: " + text, flush=True)
reader = threading.Thread(target=listen); reader.start()
child = subprocess.Popen(words, env=dict(os.environ, NOTIFY_SOCKET=address))
for name in (signal.SIGTERM, signal.SIGINT):
    signal.signal(name, lambda number, frame: child.send_signal(number))
code = child.wait()
out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
out.sendto(b"END", s.getsockname())
reader.join()
if address[0] != "@": os.unlink(address)
sys.exit(code)`;

function underManager(
  sections: Readonly<Record<string, Section>>,
  more: NamespaceOptions = {},
  address = "/run/upstream.sock",
): NamespaceOptions {
  const command = `exec python3 "$TEST_DIR/manager.py" ${address} "$TEST_DIR/bin/chaperone" ` +
    `--force --config "$TEST_DIR/chaperone.d"`;
  return {
    ...more,
    files: { "manager.py": MANAGER, "chaperone.d/test.conf": configuration(sections) },
    program: ["/bin/sh", "-c", command],
  };
}

function heard(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith("up: ")).map((line) => line.slice(4));
}

const STAYS: Section = { command: "sleep 60" };

namespaceTest("267, 270: READY=1, then STATUS; SIGTERM: STOPPING=1 exactly once", async () => {
  await using run = await inNamespace(underManager({ "a.service": STAYS }));
  await run.waitForLine(/^up: STATUS=/);
  await run.signal("SIGTERM");
  assertEquals(await run.waitForExit(), 0);
  assertEquals(heard(run.output.texts("stdout")), [
    "READY=1",
    "STATUS=Uptime 00:00:00; 1 service started",
    "STOPPING=1",
  ]);
});

namespaceTest("268: an abstract socket works", async () => {
  await using run = await inNamespace(underManager({ "a.service": STAYS }, {}, "@upstream"));
  await run.waitForLine(/^up: READY=1$/);
  await run.signal("SIGTERM");
  assertEquals(await run.waitForExit(), 0);
});

namespaceTest("269: status_interval 1: a STATUS each second; 0: none after the first", async () => {
  const status = (seconds: number) => ({
    "a.service": { command: "sleep 2.5", "exit_kills": true },
    settings: { "status_interval": seconds },
  });
  const often = await runToEnd(underManager(status(1)));
  assertEquals(heard(often.stdout).filter((text) => text.startsWith("STATUS=")).length, 3);
  const never = await runToEnd(underManager(status(0)));
  assertEquals(heard(never.stdout).filter((text) => text.startsWith("STATUS=")).length, 1);
});

namespaceTest("270: SIGINT: ERRNO=4, then STOPPING=1", async () => {
  await using run = await inNamespace(underManager({ "a.service": STAYS }));
  await run.waitForLine(/^up: READY=1$/);
  await run.signal("SIGINT");
  assertEquals(await run.waitForExit(), 130);
  assertEquals(heard(run.output.texts("stdout")).slice(-2), ["ERRNO=4", "STOPPING=1"]);
});

namespaceTest("271: a failed start-up tells its errno and never READY=1", async () => {
  const rows: [Section, string][] = [
    [{ command: sh("exit 4") }, "ERRNO=8"],
    [{ command: sh("kill -9 $$") }, "ERRNO=4"],
    [{ command: "/no/such/program" }, "ERRNO=2"],
  ];
  for (const [section, errno] of rows) {
    const life = await runToEnd(underManager({ "a.service": section }));
    assertEquals(heard(life.stdout), [errno, "STOPPING=1"], life.all);
  }
});

namespaceTest("272: a socket that nobody listens on is not a failure", async () => {
  const life = await runToEnd({
    config: configuration({ "a.service": { command: "/bin/true" } }),
    env: { NOTIFY_SOCKET: "/run/nobody" },
  });
  assertStringIncludes(life.all, "could not connect to notify socket '/run/nobody'");
  assertEquals(life.code, 0);
});

namespaceTest("273: services do not see the upstream socket and watchdog", async () => {
  const life = await runToEnd(
    underManager({ "a.service": { command: sh("env | grep -E 'NOTIFY|WATCHDOG'; echo seen") } }, {
      env: { WATCHDOG_USEC: "60000000" },
    }),
  );
  assertMatch(life.all, /a\[\d+\]: seen/);
  assertEquals(/a\[\d+\]: (NOTIFY|WATCHDOG)/.test(life.all), false, life.all);
});

namespaceTest("274: the status counts what is scheduled, failed and wrong", async () => {
  const life = await runToEnd(underManager({
    "a.service": { command: "sleep 1.6", "exit_kills": true },
    "b.service": { command: sh("sleep 0.4; exit 3") },
    settings: { "status_interval": 1 },
  }));
  assertEquals(
    heard(life.stdout).includes(
      "STATUS=Uptime 00:00:01; 1 service started; 1 failed; 1 total errors",
    ),
    true,
    life.all,
  );
});

namespaceTest("274: with nothing to start: No services started", async () => {
  const life = await runToEnd(underManager({
    "a.service": { command: "/bin/true", enabled: false },
  }));
  assertEquals(heard(life.stdout), [
    "READY=1",
    "STATUS=Uptime 00:00:00; No services started",
    "STOPPING=1",
  ]);
});

namespaceTest("WATCHDOG=1 comes at half the interval", async () => {
  const life = await runToEnd(
    underManager({ "a.service": { command: "sleep 1", "exit_kills": true } }, {
      env: { WATCHDOG_USEC: "400000" },
    }),
  );
  const count = heard(life.stdout).filter((text) => text === "WATCHDOG=1").length;
  assertEquals(count >= 3 && count <= 8, true, life.all);
});
