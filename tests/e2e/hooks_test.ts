/** on_start, on_ready and on_stop: when they run, as whom, what they are told, and for how long. */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, runToEnd, sh, STAYS } from "./scenario.ts";

const TELL = sh(
  'echo "$_CHAP_HOOK of $_CHAP_HOOK_SERVICE as $(id -u):" ' +
    '"code=$_CHAP_HOOK_CODE signal=$_CHAP_HOOK_SIGNAL result=$SERVICE_RESULT: $_CHAP_HOOK_REASON"',
).replaceAll("$(", "\\$(");

namespaceTest("hooks run as the service's user and are told what has happened", async () => {
  const { stdout, all } = await runToEnd({
    config: configuration({
      "a.service": {
        uid: "www-data",
        command: sh("echo runs; sleep 0.3; exit 3"),
        startup_pause: 0.1,
        restart: true,
        restart_limit: 1,
        restart_delay: 0,
        on_start: TELL,
        on_ready: TELL,
        on_stop: TELL,
      },
    }),
  });
  const lines = linesOf("a", stdout);
  const of = (hook: string) =>
    lines.filter((line) => line.startsWith(`${hook} of a.service as 33`));
  assertEquals(
    [of("on_start").length, of("on_ready").length, of("on_stop").length],
    [2, 2, 2],
    all,
  );
  assertMatch(of("on_stop")[0] ?? "", /code=3 signal= result=exit-code: exited with code 3$/, all);
});

namespaceTest("a restart waits for on_stop", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: sh(
          "[ -e /run/lock ] && echo locked; touch /run/lock; echo up; exec sleep 1000",
        ),
        restart: true,
        restart_delay: 0,
        on_stop: sh("sleep 0.4; rm /run/lock; echo cleaned"),
      },
    }),
  });
  await run.waitForLine(/: up$/);
  await run.exec(["telchap", "signal", "a", "KILL"]);
  await run.waitForLine(/: cleaned$/);
  await run.waitForLine(/a\.service restart succeeded$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
  const lines = linesOf("a", run.output.texts("stdout"));
  assertEquals(lines.filter((line) => line === "locked"), []);
  assertEquals(lines.filter((line) => line === "cleaned").length >= 1, true);
});

namespaceTest(
  "a stop and the end of the container wait for on_stop, and not for ever",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        settings: { shutdown_timeout: 2 },
        "a.service": { command: sh(STAYS), on_stop: sh("sleep 0.3; echo a is clean") },
        "b.service": { command: sh(STAYS), on_stop: "sleep 1000" },
        "c.service": { command: sh(STAYS), on_stop: "sleep 1000", hook_timeout: "300ms" },
      }),
    });
    for (const name of ["a", "b", "c"]) {
      await run.waitForLine(
        new RegExp(` ${name}\\[\\d+\\]: up$`),
      );
    }
    await run.exec(["telchap", "stop", "a", "c", "--wait"]);
    const lines = run.output.texts("stdout");
    assertEquals(linesOf("a", lines).includes("a is clean"), true, run.output.format());
    await run.waitForLine(/on_stop of c\.service is still running after \S+ s: killed$/);
    await run.signal("SIGTERM");
    await run.expectExit(0);
    await run.waitForLine(/on_stop of b\.service is still running after \S+ s: killed$/);
  },
);

namespaceTest("on_stop goes on under a new chaperone, and what follows does", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: sh("echo up; exec sleep 1000"),
        restart: true,
        restart_delay: 0,
        on_stop: sh("echo begins; while [ ! -e /run/go ]; do sleep 0.05; done; echo ends"),
      },
    }),
  });
  await run.waitForLine(/: up$/);
  await run.exec(["telchap", "signal", "a", "KILL"]);
  await run.waitForLine(/: begins$/);
  const { code, stderr } = await run.exec(["telchap", "reexec"]);
  assertEquals(code, 0, stderr);
  await run.exec(["touch", "/run/go"]);
  await run.waitForLine(/: ends$/);
  await run.waitForLine(/a\.service restart succeeded$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
