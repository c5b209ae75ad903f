import { assertEquals } from "@std/assert";
import { diffConfigs } from "../../../lib/config/config_diff.ts";
import { planApply } from "../../../lib/service/apply_plan.ts";
import {
  formatApplyReport,
  paintApplyReport,
  summarize,
} from "../../../lib/service/texts/apply_report.ts";
import { buildFamily } from "../../../lib/service/family.ts";
import { initialState, type Phase } from "../../../lib/service/life/phase.ts";
import { test } from "../../test.ts";
import { load } from "../config/loading.ts";

const UP: Phase = { kind: "up", attached: false, sinceMs: 0 };

/** Plans with every enabled service up, but for those whose phase is given. */
function plan(before: string, after: string, phases: Readonly<Record<string, Phase>> = {}) {
  const [a, b] = [load(before), load(after)];
  const diff = diffConfigs(a, b);
  const enabled = new Map(a.services.map((service) => [service.name, service.enabled]));
  const stateOf = (name: string) => {
    const isEnabled = enabled.get(name) === true;
    const phase = phases[name] ?? (isEnabled ? UP : { kind: "down" as const });
    return { ...initialState(isEnabled), phase };
  };
  return {
    diff,
    plan: planApply(
      diff,
      { services: a.services, family: buildFamily(a.services) },
      { services: b.services, family: buildFamily(b.services) },
      stateOf,
    ),
  };
}

/** Plans a change of one service, and returns what becomes of it. */
function action(before: string, after: string, phase?: Phase): string | undefined {
  const phases = phase === undefined ? {} : { "a.service": phase };
  const result = plan(`a.service: { ${before} }`, `a.service: { ${after} }`, phases);
  return result.plan.changes[0]?.action;
}

test("planApply() restarts what runs, and what had ended or failed", () => {
  const failure = { text: "", exitCode: 1, ignored: false };
  const status = { kind: "exited", code: 0 } as const;
  assertEquals(action("command: x", "command: y"), "restart");
  assertEquals(action("command: x", "command: y", { kind: "failed", failure }), "start");
  assertEquals(action("command: x", "command: y", { kind: "done", status }), "start");
  assertEquals(action("command: x", "command: y", { kind: "down" }), "none");
  assertEquals(
    action("command: x, optional: true, enabled: false", "command: y, optional: true"),
    "start",
  );
});

test("planApply() follows 'enabled' where it has changed", () => {
  assertEquals(action("command: x", "command: x, enabled: false"), "stop");
  assertEquals(action("command: x", "command: x, enabled: false", { kind: "down" }), "none");
  assertEquals(action("command: x, enabled: false", "command: x"), "start");
  assertEquals(action("command: x, enabled: false", "command: y, enabled: false"), "none");
});

test("planApply() stops dependents first and starts them last, each after what it needs", () => {
  const chain = (word: string) =>
    `db.service: { command: ${word} }
app.service: { command: ${word}, after: db.service }
web.service: { command: ${word}, after: app.service }
other.service: { command: ${word} }`;
  const { stops, starts } = plan(chain("x"), chain("y")).plan;
  assertEquals(stops, [["web.service"], ["app.service"], ["db.service", "other.service"]]);
  assertEquals(starts, ["db.service", "app.service", "other.service", "web.service"]);
});

test("the report has a line for each change, and no value of a variable", () => {
  const changes = plan(
    "settings: { detect_exit: true }\n" +
      "a.service: { command: x, env_set: { KEY: secret } }\nold.service: { command: x }\n" +
      "b.service: { command: x }\n" +
      "all.logging: { selector: '*.*', stdout: true }",
    "settings: { detect_exit: false }\n" +
      "a.service: { command: y, env_set: { KEY: other } }\nnew.service: { command: x }\n" +
      "b.service: { command: x, restart_limit: 1 }\n" +
      "all.logging: { selector: '*.err', stdout: true }",
  );
  const lines = formatApplyReport(changes);
  assertEquals(lines, [
    "~ a.service    restarts  command, environment (KEY)",
    "+ new.service  starts",
    "~ b.service    goes on   restart_limit",
    "- old.service  stops",
    "~ all.logging  applies   selector",
    "~ settings: detect_exit",
    "0 services unchanged.",
  ]);
  assertEquals(paintApplyReport(lines)[1], "\x1b[32m+ new.service  starts\x1b[0m");
  assertEquals(
    summarize(changes),
    "new.service started; old.service stopped; a.service restarted; b.service updated; " +
      "logging changed; settings changed",
  );
});

test("the report says so where nothing is different", () => {
  const same = "a.service: { command: x }";
  assertEquals(formatApplyReport(plan(same, same)), ["Nothing is different."]);
  assertEquals(summarize(plan(same, same)), "nothing is different");
});
