import { assert, assertEquals, assertMatch } from "@std/assert";
import { renderCronTimeline } from "../../../lib/page/cron_timeline.ts";
import { formatPhaseEvent } from "../../../lib/page/event_text.ts";
import { formatMoment, formatSize, plainText } from "../../../lib/page/markup.ts";
import { PAGE_POLICY, renderPage } from "../../../lib/page/page.ts";
import { PAGE_SCRIPT } from "../../../lib/page/page_script.ts";
import { PAGE_STYLE } from "../../../lib/page/page_style.ts";
import { formatStatusJson } from "../../../lib/page/status_json.ts";
import { toneOf } from "../../../lib/page/tone.ts";
import { test } from "../../test.ts";
import {
  NOON_MS,
  SAMPLE_LINES,
  SAMPLE_SERVICES,
  sampleReport,
  sampleService,
} from "./sample_report.ts";

test("renderPage says all without a script", () => {
  const page = renderPage(sampleReport(), SAMPLE_LINES);
  for (
    const text of [
      "shop-7f9c",
      "Not ready",
      "<b>worker</b> waiting to be restarted",
      "waits for worker",
      "exited with code 3",
      "1 h 2 min",
      'class="graph"',
      'class="timeline"',
      "ready for connections on port 5432",
      '<noscript><meta http-equiv="refresh"',
    ]
  ) assert(page.includes(text), text);
});

test("renderPage calls states what telchap status calls them, and has what changes live", () => {
  const page = renderPage(sampleReport(), SAMPLE_LINES);
  const rows = [...page.matchAll(/<span class="pill tone-(\w+)">([^<]*)</g)];
  assertEquals(rows.map(([, tone, state]) => `${state} ${tone}`), [
    "running good",
    "running good",
    "completed off",
    "running good",
    "restarting bad",
    "waiting busy",
    "disabled off",
    "scheduled good",
    "running good",
  ]);
  const gaveUp = sampleService("old", { phase: "down", state: "given up", unready: "given up" });
  assertEquals(toneOf(gaveUp), "bad");
  // After telchap reexec it may be another one.
  assertMatch(page, /<span id="version" data-live>0\.4\.0</);
});

test("renderPage lets nothing foreign become markup", () => {
  const evil = `<img src=x onerror=alert(1)>"'&`;
  const service = sampleService(evil, {
    note: evil,
    prerequisites: [{ name: "db.service" }],
    cron: {
      interval: evil,
      running: 0,
      history: { runs: [], started: 0, asked: 0, failed: 0, caughtUp: 0, missed: 0, skipped: 0 },
    },
  });
  const lines = [{
    service: evil,
    wallMs: 0,
    stream: "stdout" as const,
    text: `\x1b[1m${evil}\x07`,
  }];
  const page = renderPage(
    sampleReport({
      hostname: evil,
      version: evil,
      services: [...SAMPLE_SERVICES, service],
      readiness: { ready: false, unready: [{ name: evil, why: evil }] },
    }),
    lines,
  );
  assert(!page.includes("<img") && !page.includes("\x1b") && !page.includes("\x07"));
});

test("renderPage keeps the log to itself where the reader may not see it", () => {
  const page = renderPage(sampleReport(), undefined);
  assert(!page.includes("ready for connections on port"));
  assert(page.includes("is shown to those only"));
});

test("the page loads nothing but its own parts, and needs nothing inline", () => {
  const page = renderPage(sampleReport(), SAMPLE_LINES);
  const links = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link);
  for (const link of links) assertMatch(link ?? "", /^\/[a-z./-]*$/);
  assert(!/ style=| on[a-z]+=|<style|<script(?! src)/.test(page));
  assert(!/url\(|@import|https?:/.test(PAGE_STYLE + PAGE_SCRIPT));
  assert(!PAGE_POLICY.includes("unsafe") && PAGE_POLICY.startsWith("default-src 'none'"));
});

test("renderPage ends with all elements closed", () => {
  const page = renderPage(sampleReport(), SAMPLE_LINES).replace("<!doctype html>", "");
  const empty = new Set(["meta", "link", "input"]);
  const open: string[] = [];
  for (const [, slash, name = "", rest = ""] of page.matchAll(/<(\/?)([a-z0-9]+)([^>]*)>/g)) {
    if (empty.has(name) || rest.endsWith("/")) continue;
    if (slash === "") open.push(name);
    else assertEquals(open.pop(), name);
  }
  assertEquals(open, []);
});

test("renderCronTimeline draws each run once, in its colour, and what is due", () => {
  const svg = renderCronTimeline(sampleReport()) ?? "";
  const count = (pattern: RegExp) => [...svg.matchAll(pattern)].length;
  assertEquals(count(/class="run tone-good"/g), 11);
  assertEquals(count(/class="run tone-bad"/g), 1);
  assertEquals(count(/class="run tone-busy"/g), 1);
  assertEquals(count(/class="due"/g), 1);
  assert(svg.includes("still running"));
  assertEquals(renderCronTimeline(sampleReport({ services: [] })), undefined);
});

test("formatStatusJson is JSON with seconds and ISO dates", () => {
  const value = JSON.parse(formatStatusJson(sampleReport()));
  assertEquals(value.ready, false);
  assertEquals(value.time, new Date(NOON_MS).toISOString());
  assertEquals(value.notReady[0], { service: "worker.service", why: "waiting to be restarted" });
  const api = value.services.find(({ name }: { name: string }) => name === "api.service");
  assertEquals([api.phase, api.uptimeSecs, api.exits], ["up", 3723, { "1": 1, SIGKILL: 1 }]);
  assertEquals(value.services.at(-1).cron.runs[0].started, "2026-03-01T11:53:20.000Z");
});

test("formatPhaseEvent is one event whatever the detail holds", () => {
  const change = {
    wallMs: NOON_MS,
    service: "a.service",
    from: "up",
    to: "failed",
    detail: "x\n\ny",
  };
  assertEquals(
    formatPhaseEvent(7, change),
    'id: 7\nevent: phase\ndata: {"time":"2026-03-01T12:00:00.000Z","service":"a.service",' +
      '"from":"up","to":"failed","detail":"x\\n\\ny"}\n\n',
  );
});

test("plainText removes terminal sequences, controls and changes of direction", () => {
  assertEquals(plainText("\x1b[31mred\x1b[0m \x1b]0;title\x07x"), "red x");
  assertEquals(plainText("a\tb\u202ec\x00"), "a\tb�c�");
  assertEquals(plainText("grüße 漢字 🙂"), "grüße 漢字 🙂");
});

test("formatMoment has the date where that is another one, by UTC", () => {
  const now = Date.UTC(2026, 2, 1, 0, 30);
  assertEquals(formatMoment(now - 60_000, now), "00:29:00");
  assertEquals(formatMoment(now - 3_600_000, now), "2026-02-28 23:30:00");
  assertEquals(formatMoment(now + 86_400_000, now), "2026-03-02 00:30:00");
});

test("formatSize chooses units for people", () => {
  assertEquals([0, 1536, 52 * 2 ** 20, 1.5 * 2 ** 30].map(formatSize), [
    "0.0 KiB",
    "1.5 KiB",
    "52 MiB",
    "1.5 GiB",
  ]);
});
