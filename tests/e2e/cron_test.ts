/**
 * Cron services of the compiled program: when they run, what they leave out, how they end with the
 * container. Numbers are those of the table in tests/README.md.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceRun, shellQuote } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, runToEnd, type Section, sh } from "./scenario.ts";

const SECOND = "* * * * * *";

function job(command: string, more: Section = {}): Section {
  return { type: "cron", interval: SECOND, command, ...more };
}

/** Waits until a service has written a number of lines, and returns them. */
async function waitForLines(
  run: NamespaceRun,
  service: string,
  count: number,
): Promise<string[]> {
  return await waitUntil(() => {
    const lines = linesOf(service, run.output.texts());
    return lines.length < count ? undefined : lines.slice(0, count);
  }, () => `${count} lines of ${service}; output:\n${run.output.format()}`);
}

/**
 * Whether these moments are five seconds in a row, one of them met within 20 ms: that it can be. The
 * start of the job is in it, which takes as long on a slow or busy machine.
 */
function isPunctual(times: readonly number[]): boolean {
  const first = Math.floor(times[0] ?? 0);
  const leastLate = Math.min(...times.map((time) => time % 1));
  return times.length === 5 && times.every((time, at) => Math.floor(time) === first + at) &&
    leastLate <= 0.02;
}

namespaceTest("241: a job runs at each second, within 20 ms of it", async () => {
  await using run = await inNamespace({
    config: configuration({ "tick.service": job("/bin/date +%s.%N") }),
  });
  // Other tests may keep the machine busy for a while: five seconds in a row show it.
  await waitUntil(
    () => {
      const times = linesOf("tick", run.output.texts()).map(Number);
      return times.some((_, at) => isPunctual(times.slice(at, at + 5))) || undefined;
    },
    () => `five punctual jobs; output:\n${run.output.format()}`,
    60_000,
  );
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("247: a job longer than its interval is skipped, never two at once", async () => {
  await using run = await inNamespace({
    config: configuration({ "slow.service": job(sh("echo begin; sleep 1.5; echo end")) }),
  });
  const lines = await waitForLines(run, "slow", 4);
  assertEquals(lines, ["begin", "end", "begin", "end"]);
  await run.waitForLine(
    /slow\.service is still running when next interval expired, will not run again$/,
  );
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("248, 250: a job that fails runs again, each time with a new serial", async () => {
  await using run = await inNamespace({
    config: configuration({
      "bad.service": job(sh("echo run $SERIAL; exit 3"), {
        "env_set": { SERIAL: "$(_CHAP_SERVICE_SERIAL)" },
        "on_failure": sh('echo "failed: $_CHAP_FAILED_REASON ($_CHAP_FAILED_CODE)" >&2'),
      }),
    }),
  });
  const lines = await waitForLines(run, "bad", 3);
  assertEquals(lines, ["run 1", "failed: exited with code 3 (3)", "run 3"]);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

for (const interval of ["60 * * * *", "* * * *", "* * * * * * *", "* * * * fri-mon"]) {
  namespaceTest(
    `244, F-108: '${interval}' is told with its place, and nothing starts`,
    async () => {
      const life = await runToEnd({
        config: configuration({
          "first.service": {
            type: "oneshot",
            command: sh("echo started"),
            "service_groups": "INIT",
          },
          "job.service": job("/bin/true", { interval }),
        }),
      });
      assertEquals(life.code, 1);
      assertStringIncludes(life.all, `not a valid cron interval specification, '${interval}'`);
      assertMatch(life.all, /\.conf:\d+:\d+: Configuration Error: not a valid/);
      assertEquals(linesOf("first", life.all.split("\n")), []);
    },
  );
}

namespaceTest("255, F-108: without an interval a cron service is refused at load", async () => {
  const life = await runToEnd({
    config: configuration({ "job.service": { type: "cron", command: "/bin/true" } }),
  });
  assertEquals(life.code, 1);
  assertStringIncludes(
    life.all,
    "'interval' of job.service is missing; for example interval: ",
  );
});

namespaceTest("a running job gets its signal when the container ends", async () => {
  const script = "trap 'echo got INT; exit 0' INT; echo up; while :; do sleep 0.05; done";
  await using run = await inNamespace({
    config: configuration({ "long.service": job(sh(script), { "kill_signal": "SIGINT" }) }),
  });
  await run.waitForLine(/ long\[\d+\]: up$/);
  await run.signal("SIGTERM");
  await run.waitForLine(/ long\[\d+\]: got INT$/);
  await run.expectExit(0);
});

/** Returns the columns of a service in `telchap status`, those of its note joined. */
async function statusOf(run: NamespaceRun, name: string): Promise<string[]> {
  const { stdout } = await run.exec(["telchap", "status"]);
  const line = stdout.split("\n").find((text) => text.includes(` ${name}.service `)) ?? "";
  const [pid = "", , enabled = "", status = "", ...note] = line.trim().split(/ +/);
  return [pid, enabled, status, note.join(" ")];
}

namespaceTest("243, 251, 252: telchap shows, stops, starts, resets and disables", async () => {
  await using run = await inNamespace({
    config: configuration({
      "hour.service": job("/bin/true", { interval: "hourly" }),
      "long.service": job(sh("echo up; sleep 60")),
    }),
  });
  await run.waitForLine(/ long\[\d+\]: up$/);
  assertEquals((await statusOf(run, "hour")).slice(1), ["true", "waiting", "hourly (0 * * * *)"]);
  assertEquals((await statusOf(run, "long")).slice(1), ["true", "running", SECOND]);
  await run.exec(["telchap", "stop", "--wait", "long"]);
  assertEquals((await statusOf(run, "long")).slice(0, 3), ["-", "true", "-"]);
  let from = run.output.lines.length;
  await run.exec(["telchap", "start", "long"]);
  await run.waitForLine(/ long\[\d+\]: up$/, { from });
  await run.exec(["telchap", "disable", "long"]);
  const refused = await run.exec(["telchap", "reset", "long"]);
  assertStringIncludes(refused.stdout + refused.stderr, "can't reset services which are running");
  await run.exec(["telchap", "reset", "--force", "--wait", "long"]);
  assertEquals((await statusOf(run, "long")).slice(1, 3), ["false", "disabled"]);
  await run.exec(["telchap", "enable", "long"]);
  from = run.output.lines.length;
  await run.waitForLine(/ long\[\d+\]: up$/, { from });
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("@reboot and @in run once, and the container ends with them", async () => {
  const life = await runToEnd({
    config: configuration({
      "once.service": job("/bin/echo hello", { interval: "@reboot" }),
      "later.service": job("/bin/echo again", { interval: "@in 1s" }),
    }),
  });
  assertEquals(life.code, 0);
  assertEquals(
    [linesOf("once", life.stdout), linesOf("later", life.stdout)],
    [["hello"], ["again"]],
  );
});

namespaceTest("overlap: parallel: two jobs in groups of their own, and none more", async () => {
  const script = "read -r pid _ _ _ group _ < /proc/self/stat; [ $pid = $group ] && echo leads; " +
    "trap 'exit 0' TERM; while :; do sleep 0.05; done";
  const parallel = { interval: "@yearly", overlap: "parallel", "max_instances": 2 };
  await using run = await inNamespace({
    config: configuration({
      "side.service": job(sh(script), parallel),
      "stays.service": { command: "/bin/sleep 600" },
    }),
  });
  await run.waitForLine(/side\.service is scheduled: @yearly/);
  const telchap = async (...words: string[]) =>
    (await run.exec(["timeout", "60", "telchap", ...words])).stdout;
  await telchap("run", "side");
  await telchap("run", "side");
  await waitForLines(run, "side", 2);
  assertStringIncludes(
    await telchap("run", "side"),
    "side.service runs as often already as its max_instances allows",
  );
  assertStringIncludes(await telchap("status"), "yearly (0 0 1 1 *), 2 runs at once");
  assertMatch(await telchap("runs", "side"), /(.*\n) .* is under way, by hand\n .* is under way/);
  await telchap("stop", "--wait", "side");
  assertMatch(
    await telchap("runs", "side"),
    /code 0 after .* \(stop\).*\n.*code 0 after .*\(stop\)/,
  );
  assertEquals(linesOf("side", run.output.texts()).filter((line) => line === "leads").length, 2);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("a crontab runs its lines as their users, with input and environment", async () => {
  const line = (text: string) => `@reboot ${text}\n`;
  const crontab = "NOTE=two  words\n" +
    line('www-data echo "$(id -un) $HOME $NOTE $PATH"') +
    line("root cat%one%two \\% three%");
  const life = await runToEnd({
    config: configuration({ "jobs.service": { type: "crontab", file: "/etc/cron.d/test" } }),
    setup: `mkdir -p /etc/cron.d; printf %s ${shellQuote(crontab)} > /etc/cron.d/test`,
  });
  assertEquals(linesOf("jobs.2", life.stdout), ["www-data /var/www two  words /usr/bin:/bin"]);
  assertEquals(linesOf("jobs.3", life.stdout), ["one", "two % three"]);
});

namespaceTest("a thousand cron services sleep: no processor time goes by", async () => {
  const services = Object.fromEntries(
    Array.from({ length: 1000 }, (_, i) => [
      `j${i}.service`,
      { type: "cron", interval: "0 0 1 1 *", command: "/bin/true" },
    ]),
  );
  await using run = await inNamespace({ config: configuration(services) });
  await run.waitForLine(/system will remain active since there are scheduled services/);
  const ticks = async () => {
    const stat = await Deno.readTextFile(`/proc/${await run.initPid()}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  // What the start has left to do is over after a while; then a second costs less than 10 ms.
  await waitUntil(async () => {
    const before = await ticks();
    await run.exec(["sleep", "1"]);
    return await ticks() - before < 1 || undefined;
  }, "a second without processor time");
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
