import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../../test.ts";
import { load, refusal } from "./loading.ts";

const alert = (text: string) => {
  const { origin: _, ...config } = load(`ops.alert: {${text}}`).alerts[0] ?? { origin: undefined };
  return config;
};

test("loadConfig reads an alert, with defaults for what it does not say", () => {
  assertEquals(alert("webhook: 'https://h/x?y'") as unknown, {
    name: "ops.alert",
    enabled: true,
    events: ["failed", "gave_up", "oom", "unhealthy", "job_failed", "stop_overdue", "recovered"],
    restarts: [],
    services: ["*"],
    webhook: "https://h/x?y",
    format: "json",
    groupWaitMs: 10_000,
    repeatMs: 3_600_000,
    rateLimit: { count: 30, periodMs: 3_600_000 },
  });
  assertEquals(
    alert(
      'events: [gave_up, "restarts>3/10m"], services: "web*", command: /bin/mail root, ' +
        "file: /a, format: slack, group_wait: 0, repeat: 5m, rate_limit: 3/h, enabled: false",
    ) as unknown,
    {
      name: "ops.alert",
      enabled: false,
      events: ["gave_up"],
      restarts: [{ moreThan: 3, withinMs: 600_000 }],
      services: ["web*"],
      command: ["/bin/mail", "root"],
      file: "/a",
      format: "slack",
      groupWaitMs: 0,
      repeatMs: 300_000,
      rateLimit: { count: 3, periodMs: 3_600_000 },
    },
  );
});

test("loadConfig refuses alerts that tell nothing, or nobody", () => {
  const refused = (text: string) => refusal(`ops.alert: {${text}}`);
  const braces = "one that begins as JSON does must be JSON";
  assertStringIncludes(refused("file: /a, template: '{\"a\": {text}}'"), braces);
  assertStringIncludes(refused("events: ended"), "it needs command, webhook or file");
  assertStringIncludes(
    refused("file: /a, events: []"),
    "'events' of ops.alert names nothing; expected failed,",
  );
  assertStringIncludes(refused("file: a"), "an absolute path");
  assertStringIncludes(refused("webhook: 'ftp://x'"), "http://URL or https://URL");
  assertStringIncludes(refused("webhook: '://'"), "http://URL or https://URL");
  assertStringIncludes(refused("file: /a, events: exploded"), "restarts>N/TIME");
  assertStringIncludes(refused('file: /a, events: "restarts>3/x"'), "restarts>N/TIME");
  assertStringIncludes(refused("file: /a, selector: '*.*'"), "it belongs to NAME.logging");
  assertStringIncludes(refusal("ops.alrt: {file: /a}"), "did you mean 'ops.alert'");
});

test("loadConfig takes a template of JSON, and one of text", () => {
  for (const template of ['{"content": "{text}"}', '["{title}"]', "{title}: {text}", "{action}"]) {
    const [section] = load(`ops.alert: {file: /a, template: '${template}'}`).alerts;
    assertEquals(section?.template, template);
  }
});
