/** Alerts that go to a web server on this machine, of services whose clock moves when a test says so. */
import { assertEquals } from "@std/assert";
import { Alerts } from "../../../lib/daemon/alerts/alerts.ts";
import { postAlert } from "../../../lib/sys/alerts/alert_post.ts";
import { Bench, EXIT_3 } from "../../unit/daemon/container_bench.ts";
import { RESTART } from "../../unit/service/service_config.ts";
import { until } from "../sinks/workbench.ts";
import { test } from "../test.ts";

const DEATHS = 1000;

test("1,000 deaths in a crash loop give a web server 3 posts, the last one says recovered", async () => {
  const told: string[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using server = Deno.serve(options, async (request) => {
    const { events } = await request.json() as { events: { event: string }[] };
    told.push(events.map(({ event }) => event).join(" "));
    return new Response("");
  });
  const bench = new Bench({
    web: { restart: { ...RESTART, limit: DEATHS, delayMs: 100, onGiveUp: "ignore" } },
    keeper: {},
  });
  const { os, journal, supervisor } = bench;
  const alerts = new Alerts([{
    name: "ops.alert",
    enabled: true,
    events: ["gave_up", "recovered"],
    restarts: [{ moreThan: 3, withinMs: 600_000 }],
    services: ["*"],
    webhook: `http://127.0.0.1:${server.addr.port}/`,
    format: "json",
    groupWaitMs: 10_000,
    repeatMs: 3_600_000,
    rateLimit: { count: 30, periodMs: 3_600_000 },
  }], {
    ...{ os, journal, supervisor, host: "box", lastLines: () => [], lacking: () => undefined },
    door: { post: postAlert, append: () => Promise.resolve(), run: () => {} },
  });
  bench.boot();
  let deaths = 0;
  for (; supervisor.state("web.service").phase.kind !== "failed"; deaths++) {
    os.advance(10);
    os.end("web", EXIT_3);
    os.advance(200);
  }
  assertEquals(deaths, DEATHS + 1);
  await until("the first post has arrived", () => told.length === 1);
  os.advance(15_000);
  await until("the second has", () => told.length === 2);
  supervisor.dispatch("web.service", { kind: "start", force: true });
  for (let second = 0; second < 60; second++) os.advance(1000);
  await until("the third has", () => told.length === 3);
  assertEquals(told, ["restarts", "gave_up", "recovered"]);
  await until("that is counted", () => alerts.status[0]?.sent === 3);
});
