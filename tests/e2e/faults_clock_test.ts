/**
 * The wall clock is set by a day while chaperone runs: that of chaperone alone, see
 * harness/stepped_clock.c. Deadlines do not notice; schedules, dates of lines and names of log
 * files go by the new time.
 */
import { assert, assertAlmostEquals, assertEquals, assertLess, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, type Section, sh, STAYS } from "./scenario.ts";

const DAY_SECONDS = 86_400;
const SOURCE = new URL("harness/stepped_clock.c", import.meta.url);

async function inSteppableTime(sections: Record<string, Section>): Promise<NamespaceRun> {
  return await inNamespace({
    config: configuration(sections),
    files: { "clock.c": await Deno.readTextFile(SOURCE) },
    setup: `gcc -shared -fPIC -nostdlib -O1 -o "$dir/clock.so" "$dir/clock.c"
head -c 8 /dev/zero >"$dir/clock"`,
    env: { TZ: "UTC" },
    program: [
      "/bin/sh",
      "-c",
      `export LD_PRELOAD="$TEST_DIR/clock.so" CLOCK_STEP="$TEST_DIR/clock"
exec "$0" --config "$TEST_DIR/chaperone.d"`,
      "chaperone",
    ],
  });
}

/** Written in place: whoever reads the clock has the file mapped. */
async function setClock(run: NamespaceRun, seconds: number): Promise<void> {
  using file = await Deno.open(`${run.directory}/clock`, { write: true });
  await file.write(new Uint8Array(new BigInt64Array([BigInt(seconds)]).buffer));
}

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

for (const [how, step] of [["forward", DAY_SECONDS], ["back", -DAY_SECONDS]] as const) {
  namespaceTest(
    `a clock that is set ${how} by a day: schedules go on, without a crowd and without a gap`,
    async () => {
      // In an hour: passed over by a step forward, and not reached by one back.
      const soon = new Date(Date.now() + 3_600_000);
      await using run = await inSteppableTime({
        "tick.service": { type: "cron", interval: "* * * * * *", command: "/bin/date +%s" },
        "daily.service": {
          type: "cron",
          interval: `${soon.getUTCMinutes()} ${soon.getUTCHours()} * * *`,
          command: "/bin/date +%F",
        },
      });
      const ticks = () => linesOf("tick", run.output.texts()).map(Number);
      await waitUntil(() => ticks().length >= 2 || undefined, "two jobs");
      const before = ticks();
      const startMs = performance.now();
      await setClock(run, step);
      await waitUntil(() => ticks().length >= before.length + 4 || undefined, "four jobs more");
      const tookSeconds = (performance.now() - startMs) / 1000;
      const after = ticks().slice(before.length);
      // Each second once, by the new clock; nothing of the day is made up for.
      const jump = (after.at(-1) ?? 0) - (before.at(-1) ?? 0);
      assertAlmostEquals(jump, step + 4, 3);
      assert(after.length <= tookSeconds + 3, `${after.length} jobs in ${tookSeconds} s`);
      assertEquals(new Set(ticks()).size, ticks().length, "a second ran twice");
      await run.signal("SIGTERM");
      await run.expectExit(0);
      // More than three hours: the clock was wrong before.
      assertEquals(linesOf("daily", run.output.texts()), []);
    },
    ["gcc"],
  );

  namespaceTest(
    `a clock that is set ${how} by a day neither hastens nor delays starts, restarts and stops`,
    async () => {
      await using run = await inSteppableTime({
        "stubborn.service": {
          command: sh("trap 'echo no' TERM; echo up; while :; do sleep 0.05; done"),
          "stop_timeout": 1.5,
        },
        "crash.service": {
          command: sh("echo run; sleep 0.2; exit 1"),
          "startup_pause": 0,
          restart: true,
          "restart_limit": 0,
          "restart_delay": 1.5,
        },
        "late.service": { command: sh(STAYS), "startup_pause": 1.5 },
      });
      await run.waitForLine(/stubborn\[\d+\]: up$/);
      await run.waitForLine(/crash\.service pausing between restart retries/);
      const from = run.output.lines.length;
      const startMs = performance.now();
      const stop = run.exec(["telchap", "stop", "--wait", "stubborn"]);
      await run.waitForLine(/stubborn\[\d+\]: no$/);
      await setClock(run, step);
      const seconds = async (event: Promise<unknown>) => {
        await event;
        return (performance.now() - startMs) / 1000;
      };
      const took = await Promise.all([
        seconds(stop),
        seconds(run.waitForLine(/crash\[\d+\]: run$/, { from })),
        seconds(run.waitForLine(/late\.service successfully started$/)),
      ]);
      assert((took[0] ?? 0) >= 1.4 && took.every((each) => each < 6), `${took}`);
      assertEquals((await stop).code, 0);
      const status = await run.exec(["telchap", "status"]);
      assertMatch(status.stdout, /Uptime: +0:00:\d\d/);
      await run.signal("SIGTERM");
      await run.expectExit(0);
    },
    ["gcc"],
  );

  namespaceTest(
    `a clock that is set ${how} by a day: lines and dated log files say the new day`,
    async () => {
      await using run = await inSteppableTime({
        "dated.logging": { selector: "*.*", file: "$(TEST_DIR)/log-%Y-%m-%d", format: "rfc5424" },
        "a.service": { command: sh("while :; do echo tick; sleep 0.1; done") },
      });
      const read = (day: string) =>
        Deno.readTextFile(`${run.directory}/log-${day}`).catch(() => "");
      const today = dayOf(Date.now());
      await waitUntil(async () => /tick/.test(await read(today)) || undefined, "today's file");
      await setClock(run, step);
      const other = dayOf(Date.now() + step * 1000);
      await waitUntil(async () => /tick/.test(await read(other)) || undefined, "the other day's");
      await setClock(run, 0);
      const { length } = await read(today);
      await waitUntil(async () => (await read(today)).length > length || undefined, "today again");
      await run.signal("SIGTERM");
      await run.expectExit(0);
      // The file is looked at each second: so long the lines of the new day go to the old one.
      for (const [day, before] of [[today, other], [other, today]] as const) {
        const days = (await read(day)).split("\n").slice(0, -1).map((line) => line.split(" ")[1]);
        const strange = days.filter((each) => each?.startsWith(before)).length;
        assertEquals(days.filter((each) => !each?.startsWith(day)).length, strange);
        assertLess(strange, 30, `${day}: ${days}`);
      }
    },
    ["gcc"],
  );
}
