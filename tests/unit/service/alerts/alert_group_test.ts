import { assertEquals } from "@std/assert";
import type { AlertConfig } from "../../../../lib/config/alert_model.ts";
import { AlertGroup, type AlertNews } from "../../../../lib/service/alerts/alert_group.ts";
import { test } from "../../../test.ts";

export const ALERT: AlertConfig = {
  name: "ops.alert",
  enabled: true,
  events: ["failed", "oom", "unhealthy", "recovered", "ended"],
  restarts: [],
  services: ["*"],
  webhook: "http://h/",
  format: "json",
  groupWaitMs: 10_000,
  repeatMs: 3_600_000,
  rateLimit: { count: 30, periodMs: 3_600_000 },
};

const news = (event: AlertNews["event"], service = "web.service"): AlertNews => {
  return { event, service, wallMs: 1, text: "text" };
};

const told = (group: AlertGroup, nowMs: number) =>
  group.take(nowMs).map(({ event, service, count }) => `${event} ${service} ${count}`);

test("events that come together are one message, group_wait after the first", () => {
  const group = new AlertGroup(ALERT);
  assertEquals(group.dueMs(0), undefined);
  group.add(news("failed"), 1000);
  group.add(news("oom", "db.service"), 9000);
  group.add(news("failed"), 9500);
  assertEquals(group.dueMs(9500), 11_000);
  assertEquals(told(group, 11_000), ["failed web.service 2", "oom db.service 1"]);
  assertEquals(group.dueMs(11_000), undefined);
});

test("what was told is counted until repeat is over, and then told with its number", () => {
  const group = new AlertGroup(ALERT);
  group.add(news("failed"), 0);
  group.take(10_000);
  for (let count = 0; count < 7; count++) group.add(news("failed"), 20_000);
  assertEquals(group.dueMs(20_000), undefined);
  group.add(news("failed"), 10_000 + ALERT.repeatMs);
  assertEquals(told(group, 4_000_000), ["failed web.service 8"]);
});

test("who has recovered is told once, with what it recovered from; then it may fail anew", () => {
  const group = new AlertGroup(ALERT);
  group.recovered(news("recovered"), 0);
  assertEquals(group.dueMs(0), undefined);
  group.add(news("failed"), 0);
  group.take(10_000);
  assertEquals(group.openOf("web.service"), ["failed"]);
  group.recovered(news("recovered"), 20_000);
  assertEquals(group.take(30_000).map(({ event, of }) => [event, of]), [["recovered", ["failed"]]]);
  assertEquals(group.openOf("web.service"), []);
  group.add(news("failed"), 40_000);
  assertEquals(told(group, 50_000), ["failed web.service 1"]);
});

test("no more messages go out than rate_limit allows; the next one has the rest", () => {
  const config = { ...ALERT, groupWaitMs: 0, rateLimit: { count: 2, periodMs: 60_000 } };
  const group = new AlertGroup(config);
  for (const [at, name] of ["a", "b", "c", "d"].entries()) {
    group.add(news("failed", name), at * 1000);
    if ((group.dueMs(at * 1000) ?? Infinity) <= at * 1000) group.take(at * 1000);
  }
  assertEquals(group.dueMs(4000), 60_000);
  assertEquals(told(group, 60_000), ["failed c 1", "failed d 1"]);
});

test("a message is bounded, however many services fail", () => {
  const group = new AlertGroup(ALERT);
  for (let at = 0; at < 500; at++) group.add(news("failed", `${at}.service`), 0);
  assertEquals(group.take(10_000).length, 50);
});

test("a group is handed over with what waits, was told and is not well", () => {
  const group = new AlertGroup(ALERT);
  group.add(news("failed"), 0);
  group.take(10_000);
  group.add(news("failed"), 11_000);
  group.add(news("oom"), 12_000);
  const next = new AlertGroup(ALERT);
  next.takeOver(JSON.parse(JSON.stringify(group.handOver())));
  assertEquals(next.dueMs(12_000), 22_000);
  assertEquals(next.openOf("web.service"), ["failed", "oom"]);
  next.add(news("failed"), 13_000);
  assertEquals(told(next, 22_000), ["oom web.service 1"]);
});

/** What the section says, and whether it tells an event. */
const TELLS: readonly (readonly [Partial<AlertConfig>, AlertNews["event"], boolean])[] = [
  [{ events: ["oom"] }, "oom", true],
  [{ events: ["oom"] }, "failed", false],
  [{ events: ["failed"] }, "gave_up", true],
  [{ events: ["gave_up"] }, "gave_up", true],
  [{ events: ["gave_up"] }, "failed", false],
  [{ events: ["failed"] }, "oom", false],
  [{ events: [] }, "restarts", false],
  [{ events: [], restarts: [{ moreThan: 3, withinMs: 1000 }] }, "restarts", true],
  [{ events: [] }, "test", true],
  [{ events: ["oom"], enabled: false }, "oom", false],
  [{ events: [], enabled: false }, "test", false],
];

test("a section tells the events that it names; failed includes gave_up, a test is always told", () => {
  for (const [config, event, expected] of TELLS) {
    const group = new AlertGroup({ ...ALERT, ...config });
    assertEquals(group.tells(news(event)), expected, `${JSON.stringify(config)} ${event}`);
  }
});

test("the first moment after repeat tells again, the last one within it does not", () => {
  for (const [atMs, expected] of [[100_999, 0], [101_000, 1]] as const) {
    const group = new AlertGroup({ ...ALERT, repeatMs: 100_000 });
    group.add(news("failed"), 500);
    group.take(1000);
    group.add(news("failed"), atMs);
    assertEquals(group.take(200_000).length, expected, `at ${atMs} ms`);
  }
});

test("rate_limit leaves room again once its period has passed since the oldest message", () => {
  const group = new AlertGroup({
    ...ALERT,
    groupWaitMs: 0,
    rateLimit: { count: 1, periodMs: 60_000 },
  });
  group.add(news("failed", "a"), 5000);
  assertEquals(group.dueMs(5000), 5000);
  group.take(5000);
  group.add(news("failed", "b"), 6000);
  assertEquals(group.dueMs(6000), 65_000);
  assertEquals(group.dueMs(64_999), 65_000);
  assertEquals(group.dueMs(65_000), 6000, "the first one no longer counts");
});

test("a limit of less than one message in its period lets one through", () => {
  const rateLimit = { count: 0.5, periodMs: 60_000 };
  const group = new AlertGroup({ ...ALERT, groupWaitMs: 0, rateLimit });
  group.add(news("failed", "a"), 0);
  assertEquals(group.dueMs(0), 0);
  group.take(0);
  group.add(news("failed", "b"), 1000);
  assertEquals(group.dueMs(1000), 60_000);
});

test("a message about nothing does not count against rate_limit", () => {
  const group = new AlertGroup({
    ...ALERT,
    groupWaitMs: 0,
    rateLimit: { count: 1, periodMs: 60_000 },
  });
  assertEquals(group.take(0), []);
  group.add(news("failed"), 1000);
  assertEquals(group.dueMs(1000), 1000);
});

test("news of the container as a whole survive a handover, and are told once", () => {
  const group = new AlertGroup(ALERT);
  group.add({ event: "ended", wallMs: 1, text: "text" }, 0);
  const next = new AlertGroup(ALERT);
  next.takeOver(group.handOver());
  next.add({ event: "ended", wallMs: 2, text: "again" }, 100);
  assertEquals(next.take(10_000).map(({ text, count }) => `${text} ${count}`), ["again 2"]);
});

test("what stays after a recovery stays open, and is not told as over", () => {
  const group = new AlertGroup({ ...ALERT, events: [...ALERT.events, "degraded"] });
  group.add(news("oom"), 0);
  group.add(news("degraded"), 0);
  group.take(10_000);
  group.recovered(news("recovered"), 20_000, "degraded");
  assertEquals(group.take(30_000).map(({ of }) => of), [["oom"]]);
  assertEquals(group.openOf("web.service"), ["degraded"]);
  group.recovered(news("recovered"), 40_000, "degraded");
  assertEquals(group.dueMs(40_000), undefined);
});

test("what is counted instead of told is suppressed", () => {
  const group = new AlertGroup(ALERT);
  group.add(news("failed"), 0);
  group.take(10_000);
  for (let count = 0; count < 7; count++) group.add(news("failed"), 20_000);
  assertEquals(group.suppressed, 7);
});
