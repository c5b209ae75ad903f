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
function plan(
  before: string,
  after: string,
  phases: Readonly<Record<string, Phase>> = {},
  enabledInFact: Readonly<Record<string, boolean>> = {},
) {
  const [a, b] = [load(before), load(after)];
  const diff = diffConfigs(a, b);
  const enabled = new Map(a.services.map((service) => [service.name, service.enabled]));
  const stateOf = (name: string) => {
    const isEnabled = enabled.get(name) === true;
    const phase = phases[name] ?? (isEnabled ? UP : { kind: "down" as const });
    return { ...initialState(enabledInFact[name] ?? isEnabled), phase };
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

interface Row {
  /** `a.service` before and after; absent: it is not there. */
  readonly before?: string;
  readonly after?: string;
  readonly phase?: Phase;
  /** Whether it is enabled in fact, whatever its configuration says. */
  readonly enabled?: boolean;
  /** What becomes of it; what stops, starts and begins anew. */
  readonly outcome: string;
}

const [X, Y] = ["command: x", "command: y"];
/** What a running service takes over. */
const LIVE = "command: x, stop_timeout: 3";
const DISABLED = "enabled: false";
const DOWN: Phase = { kind: "down" };
const FAILED: Phase = { kind: "failed", failure: { text: "", exitCode: 1, ignored: false } };
const BACKOFF: Phase = { kind: "backoff", deadlineMs: 9 };
const stoppingThen = (kind: "down" | "start"): Phase => ({
  kind: "stopping",
  pid: 7,
  strays: [],
  steps: [],
  step: 0,
  sinceMs: 0,
  requested: true,
  then: { kind },
});

const ROWS: Readonly<Record<string, Row>> = {
  "is new": { after: X, outcome: "start; starts, fresh" },
  "is new and disabled": { after: `${X}, ${DISABLED}`, outcome: "none; fresh" },
  "is gone": { before: X, outcome: "stop; stops" },
  "is gone and was down": { before: X, phase: DOWN, outcome: "none" },
  "is gone and had failed": { before: X, phase: FAILED, outcome: "none; stops" },
  "has changed": { before: X, after: Y, outcome: "restart; stops, starts, fresh" },
  "has changed and was down": { before: X, after: Y, phase: DOWN, outcome: "none; fresh" },
  "has changed and had failed": {
    before: X,
    after: Y,
    phase: FAILED,
    outcome: "start; stops, starts, fresh",
  },
  "has changed and was about to start again": {
    before: X,
    after: Y,
    phase: BACKOFF,
    outcome: "restart; stops, starts, fresh",
  },
  "has changed while it was being stopped": {
    before: X,
    after: Y,
    phase: stoppingThen("down"),
    outcome: "start; stops, starts, fresh",
  },
  "has changed while it was being restarted": {
    before: X,
    after: Y,
    phase: stoppingThen("start"),
    outcome: "restart; stops, starts, fresh",
  },
  "has changed in what applies live": { before: X, after: LIVE, outcome: "update" },
  "has changed in what applies live, and was down": {
    before: X,
    after: LIVE,
    phase: DOWN,
    outcome: "update",
  },
  "is disabled now": { before: X, after: `${X}, ${DISABLED}`, outcome: "stop; stops, fresh" },
  "is disabled now while it was being stopped": {
    before: X,
    after: `${X}, ${DISABLED}`,
    phase: stoppingThen("down"),
    outcome: "none; stops, fresh",
  },
  "is enabled now": {
    before: `${X}, ${DISABLED}`,
    after: X,
    outcome: "start; starts, fresh",
  },
  "is enabled now and was started by hand": {
    before: `${X}, ${DISABLED}`,
    after: X,
    phase: UP,
    outcome: "update",
  },
  "has changed, is disabled and was started by hand": {
    before: `${X}, ${DISABLED}`,
    after: `${Y}, ${DISABLED}`,
    phase: UP,
    outcome: "stop; stops, fresh",
  },
  "has changed live, is disabled and was started by hand": {
    before: `${X}, ${DISABLED}`,
    after: `${LIVE}, ${DISABLED}`,
    phase: UP,
    outcome: "update",
  },
  "was passed over, for want of its program": {
    before: `${X}, optional: true`,
    after: `${Y}, optional: true`,
    phase: DOWN,
    enabled: false,
    outcome: "start; starts, fresh",
  },
  "was passed over, as it may fail": {
    before: `${X}, ignore_failures: true`,
    after: `${Y}, ignore_failures: true`,
    phase: DOWN,
    enabled: false,
    outcome: "start; starts, fresh",
  },
  "was disabled by hand": {
    before: X,
    after: Y,
    phase: DOWN,
    enabled: false,
    outcome: "none; fresh",
  },
  "may be missing and was stopped": {
    before: `${X}, optional: true`,
    after: `${Y}, optional: true`,
    phase: DOWN,
    outcome: "none; fresh",
  },
};

for (const [name, row] of Object.entries(ROWS)) {
  test(`planApply() of a service that ${name}`, () => {
    const text = (body: string | undefined) =>
      `other.service: { command: z }\n${body === undefined ? "" : `a.service: { ${body} }`}`;
    const phases = row.phase === undefined ? {} : { "a.service": row.phase };
    const enabled = row.enabled === undefined ? {} : { "a.service": row.enabled };
    const { changes, stops, starts, fresh } =
      plan(text(row.before), text(row.after), phases, enabled).plan;
    const lists = Object.entries({ stops: stops.flat(), starts, fresh: [...fresh] });
    const named = lists.filter(([, names]) => names.length > 0);
    for (const [, names] of named) assertEquals(names, ["a.service"]);
    const actions = changes.map(({ action }) => action).join();
    const parts = [actions, named.map(([list]) => list).join(", ")].filter((part) => part !== "");
    assertEquals(parts.join("; "), row.outcome);
  });
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
