/**
 * What a newcomer reads: eighteen services that fail in different ways, at the level that images
 * have. Each failure is told, and none in words of the implementation.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { IMPLEMENTATION } from "../unit/implementation_words.ts";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, type Section, sh, STAYS } from "./scenario.ts";

const PASSED_OVER = { "ignore_failures": true };

/** What is wrong with the service, and what must be said of it. */
const FAULTS: readonly (readonly [service: Section, says: RegExp])[] = [
  [{ command: "/no/such" }, /its program '\/no\/such' is not present \(ignore_failures\)$/],
  [
    { command: "/etc/passwd" },
    /its program '\/etc\/passwd' cannot be executed \(ignore_failures\)$/,
  ],
  [
    { command: "$(TEST_DIR)/tmp/bad" },
    /No such file or directory: '\S+\/bad' \(.*\/no\/interpreter/,
  ],
  [{ command: "/bin/true", directory: "/no/dir" }, /No such file or directory: '\/no\/dir'/],
  [{ command: "/bin/true", "env_file": "/no/env" }, /No such file or directory: '\/no\/env'/],
  [{ command: sh("exit 3") }, /exited with code 3/],
  [{ command: sh("kill -9 $$") }, /was killed by SIGKILL/],
  [
    { type: "oneshot", command: "/bin/sleep 60", "process_timeout": 0.3 },
    /did not end within 0\.3 s/,
  ],
  [
    { type: "notify", command: "/bin/sleep 60", "process_timeout": 0.3 },
    /did not say READY=1 within/,
  ],
  [{ type: "notify", command: sh("sdnotify ERRNO=13; exec sleep 60") }, /13 \(Permission denied\)/],
  [
    { type: "forking", command: "/bin/true", pidfile: "/run/none.pid", "process_timeout": 0.3 },
    /its pid file '\/run\/none\.pid' was not written/,
  ],
  [
    {
      type: "forking",
      command: sh("echo x >/run/x.pid"),
      pidfile: "/run/x.pid",
      "process_timeout": 1,
    },
    /'\/run\/x\.pid' holds no number/,
  ],
  [{ command: "/bin/sleep 60", ready: { exec: "/bin/false", timeout: 0.5 } }, /ready/],
  [
    { command: "/bin/sleep 60", health: { exec: "/bin/false", interval: 0.2, retries: 1 } },
    /was unhealthy/,
  ],
  [{ type: "notify", watchdog: 0.5, command: sh("sdnotify --ready; exec sleep 60") }, /WATCHDOG=1/],
  [
    { command: sh("sleep 0.1; exit 4"), restart: true, "restart_limit": 1, "restart_delay": 0.1 },
    /is given up: 1 restart did not help$/,
  ],
  [{ type: "inetd", command: "/bin/cat", listen: "tcp://127.0.0.1:7001" }, /listening on/],
  [
    { type: "inetd", command: "/bin/cat", listen: "tcp://127.0.0.1:7001" },
    /Address already in use: '127\.0\.0\.1:7001' \(another process listens there\)/,
  ],
];

const BAD_PROGRAM = "printf '#!/no/interpreter\\n' >$dir/tmp/bad; chmod 755 $dir/tmp/bad";

namespaceTest(
  "F-044: eighteen faults are told at info without a word of the implementation",
  async () => {
    const sections = Object.fromEntries(
      FAULTS.map(([service], n) => [`f${n}.service`, { ...PASSED_OVER, ...service }]),
    );
    await using run = await inNamespace({
      setup: BAD_PROGRAM,
      config: configuration({
        "console.logging": { selector: "*.info", stdout: true },
        "unopened.logging": { selector: "*.info", file: "/proc/no/log" },
        "k.service": { command: sh(`( exit 5 & ); logger -p 999.x no; ${STAYS}`) },
        ...sections,
      }),
    });
    for (const [n, [, says]] of FAULTS.entries()) {
      await run.waitForLine(new RegExp(`f${n}\\.service.*?${says.source}`));
    }
    await run.waitForLine(/unopened\.logging cannot be opened: No such file or directory/);
    await run.waitForLine(/k\[\d+\]: up$/);
    const { stdout } = await run.exec(["telchap", "why", "f9"]);
    assertMatch(stdout, /f9\.service/);
    await run.signal("SIGTERM");
    await run.expectExit(0);
    const lines = [...run.output.texts(), ...stdout.split("\n")];
    assertEquals(lines.filter((line) => IMPLEMENTATION.test(line)), []);
  },
);
