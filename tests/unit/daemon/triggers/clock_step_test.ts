/**
 * The wall clock is set by a day: what goes by deadlines does not notice, schedules go on by the
 * new time.
 */
import { assertEquals } from "@std/assert";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import { test } from "../../../test.ts";
import { Bench } from "../container_bench.ts";

const DAY_MS = 86_400_000;

const EACH_MINUTE: Partial<ServiceConfig> = {
  type: "cron",
  cron: { interval: "* * * * *", overlap: "skip", jitterMs: 0 },
  command: "job --now",
};

for (const [how, stepMs] of [["forward", DAY_MS], ["back", -DAY_MS]] as const) {
  test(`a clock that is set ${how} by a day neither hastens nor delays a stop`, () => {
    const bench = new Bench({ web: {} }).boot();
    bench.os.advance(60_000);
    assertEquals(bench.os.started, ["web"]);
    bench.os.wallStepMs = stepMs;
    bench.os.advance(60_000);
    assertEquals(bench.os.started, ["web"]);
    bench.supervisor.stop("web.service", "request", 5000);
    bench.os.advance(4999);
    assertEquals(bench.os.calls.filter((call) => call.endsWith(" 9")), []);
    bench.os.advance(1);
    assertEquals(bench.os.calls.filter((call) => call.endsWith(" 9")).length, 1);
  });

  test(`a schedule of each minute goes on within a minute when the clock is set ${how} by a day`, () => {
    const bench = new Bench({ job: EACH_MINUTE }).boot();
    bench.os.advance(60_000);
    assertEquals(bench.os.started, ["job"]);
    bench.os.end("job");
    bench.os.wallStepMs = stepMs;
    bench.os.advance(90_000);
    const { length } = bench.os.started;
    assertEquals(length === 2 || length === 3, true, `${length}`);
  });
}
