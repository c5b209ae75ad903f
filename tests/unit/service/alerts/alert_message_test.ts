import { assertEquals, assertStringIncludes } from "@std/assert";
import { type AlertFacts, formatAlert } from "../../../../lib/service/alerts/alert_message.ts";
import { test } from "../../../test.ts";

const AT = Date.UTC(2026, 0, 31, 12);
const TIME = "2026-01-31T12:00:00.000Z";

const FACTS: AlertFacts = {
  alert: "ops",
  host: "box",
  wallMs: AT,
  news: [
    {
      event: "gave_up",
      service: "web.service",
      wallMs: AT,
      text: "why",
      count: 3,
      lines: ["last"],
    },
    { event: "recovered", service: "db.service", wallMs: AT, text: "well", count: 1, of: ["oom"] },
  ],
};

const LINES = ["web gave up (3 times): why", "  | last", "db recovered: well"];
const TITLE = "box: web gave up and 1 more";

test("a message as text, for ntfy and for Slack", () => {
  assertEquals(formatAlert(FACTS, { format: "text" }), {
    body: [TITLE, ...LINES, ""].join("\n"),
    contentType: "text/plain; charset=utf-8",
    title: TITLE,
  });
  assertEquals(formatAlert(FACTS, { format: "ntfy" }).body, LINES.join("\n"));
  assertEquals(JSON.parse(formatAlert(FACTS, { format: "slack" }).body), {
    text: [`*${TITLE}*`, ...LINES].join("\n"),
  });
});

test("what a service has written calls nobody in Slack, and is not a link", () => {
  const lines = ["<!channel> & <http://x|y>"];
  const news = FACTS.news.map((each) => ({ ...each, lines }));
  const { text } = JSON.parse(formatAlert({ ...FACTS, news }, { format: "slack" }).body);
  assertStringIncludes(text, "  | &lt;!channel&gt; &amp; &lt;http://x|y&gt;");
});

test("a message as JSON holds each event", () => {
  const { body, contentType } = formatAlert(FACTS, { format: "json" });
  assertEquals(contentType, "application/json");
  assertEquals(JSON.parse(body), {
    source: "chaperone",
    alert: "ops",
    host: "box",
    time: TIME,
    summary: TITLE,
    events: [
      {
        event: "gave_up",
        service: "web.service",
        time: TIME,
        text: "why",
        count: 3,
        lines: ["last"],
      },
      {
        event: "recovered",
        service: "db.service",
        time: TIME,
        text: "well",
        count: 1,
        of: ["oom"],
      },
    ],
  });
});

test("for Alertmanager, what has recovered ends the alert that was told, by the same labels", () => {
  const labels = { instance: "box", section: "ops" };
  assertEquals(JSON.parse(formatAlert(FACTS, { format: "alertmanager" }).body), [
    {
      labels: { alertname: "chaperone_gave_up", ...labels, service: "web.service" },
      annotations: { summary: "why" },
      startsAt: TIME,
    },
    {
      labels: { alertname: "chaperone_oom", ...labels, service: "db.service" },
      annotations: { summary: "well" },
      endsAt: TIME,
    },
  ]);
});

test("a template gets what it names, escaped where it is JSON", () => {
  const template =
    '{"content": "{title}|{text}", "at": ["{time}", "{host}", "{alert}", "{other}"]}';
  const news = FACTS.news.map((each) => ({ ...each, text: 'said "no"', lines: [] }));
  const { body, contentType, title } = formatAlert({ ...FACTS, news }, {
    format: "json",
    template,
  });
  assertEquals([contentType, title], ["application/json", TITLE]);
  assertEquals(JSON.parse(body), {
    content: `${TITLE}|web gave up (3 times): said "no"\ndb recovered: said "no"`,
    at: [TIME, "box", "ops", "{other}"],
  });
  assertEquals(formatAlert({ ...FACTS, news }, { format: "json", template: "! {title}" }), {
    body: `! ${TITLE}\n`,
    contentType: "text/plain; charset=utf-8",
    title: TITLE,
  });
});

test("the action of a template resolves once all that is told has recovered", () => {
  const action = (news: AlertFacts["news"]) =>
    formatAlert({ ...FACTS, news }, { format: "json", template: "{action}" }).body;
  assertEquals([action(FACTS.news), action(FACTS.news.slice(1))], ["trigger\n", "resolve\n"]);
});
