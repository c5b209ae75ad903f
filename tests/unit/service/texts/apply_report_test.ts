/** What `telchap diff` and `telchap apply` say of each kind of change. */
import { assertEquals } from "@std/assert";
import type { SectionChange } from "../../../../lib/config/config_diff.ts";
import type { PlannedChange } from "../../../../lib/service/apply_plan.ts";
import {
  formatApplyReport,
  type ReportedChanges,
  summarize,
} from "../../../../lib/service/texts/apply_report.ts";
import { test } from "../../../test.ts";

interface Changes {
  readonly services?: readonly PlannedChange[];
  readonly loggings?: readonly SectionChange[];
  readonly alerts?: readonly SectionChange[];
  readonly settings?: readonly string[];
  readonly unchangedCount?: number;
}

function reported(
  { services = [], loggings = [], alerts = [], settings = [], unchangedCount = 0 }: Changes,
): ReportedChanges {
  const diff = {
    ...{ services, unchangedCount, loggings, alerts },
    settings: settings.map((directive) => ({ directive, isLive: true })),
  };
  return { diff, plan: { changes: services, stops: [], starts: [], rolls: [], fresh: new Set() } };
}

const service = (
  kind: PlannedChange["kind"],
  action: PlannedChange["action"],
  directives: readonly string[] = [],
): PlannedChange => {
  return { name: "a.service", kind, action, directives, variables: [], needsRestart: false };
};
const section = (name: string, kind: SectionChange["kind"], ...directives: string[]) => {
  return { name, kind, directives };
};

const LINES: readonly (readonly [Changes, string])[] = [
  [{ services: [service("added", "start")] }, "+ a.service  starts"],
  [{ services: [service("added", "none")] }, "+ a.service  stays down"],
  [{ services: [service("removed", "stop")] }, "- a.service  stops"],
  [{ services: [service("removed", "none")] }, "- a.service  goes"],
  [{ services: [service("changed", "restart", ["uid"])] }, "~ a.service  restarts  uid"],
  [{ services: [service("changed", "update", ["nice"])] }, "~ a.service  goes on  nice"],
  [{ services: [service("changed", "none", ["uid"])] }, "~ a.service  stays down  uid"],
  [{ loggings: [section("a.logging", "added")] }, "+ a.logging  applies"],
  [{ loggings: [section("a.logging", "removed")] }, "- a.logging  goes"],
  [{ loggings: [section("a.logging", "changed", "file")] }, "~ a.logging  applies  file"],
  [{ alerts: [section("a.alert", "added")] }, "+ a.alert  applies"],
  [{ alerts: [section("a.alert", "removed")] }, "- a.alert  goes"],
  [{ alerts: [section("a.alert", "changed", "command")] }, "~ a.alert  applies  command"],
  [{ settings: ["drain", "uid"] }, "~ settings: drain, uid"],
];

test("each change has a line of its own: its sign, its section, what becomes of it, and why", () => {
  for (const [changes, line] of LINES) {
    assertEquals(formatApplyReport(reported(changes)), [line, "0 services unchanged."]);
  }
});

test("the last line counts the services that stay, one of them as one", () => {
  const last = (unchangedCount: number) =>
    formatApplyReport(reported({ settings: ["drain"], unchangedCount })).at(-1);
  assertEquals([last(0), last(1), last(2)], [
    "0 services unchanged.",
    "1 service unchanged.",
    "2 services unchanged.",
  ]);
  assertEquals(formatApplyReport(reported({ unchangedCount: 2 })), ["Nothing is different."]);
});

test("names and words are aligned over services, logging and alerts", () => {
  const changes = reported({
    services: [service("changed", "restart", ["uid"])],
    loggings: [section("everything.logging", "changed", "file")],
    alerts: [section("ops.alert", "removed")],
  });
  assertEquals(formatApplyReport(changes).slice(0, -1), [
    "~ a.service           restarts  uid",
    "~ everything.logging  applies   file",
    "- ops.alert           goes",
  ]);
});

test("the log has what was done, kind by kind", () => {
  const services = [service("added", "start"), service("changed", "none", ["uid"])];
  const all: Changes = {
    services,
    loggings: [section("a.logging", "added")],
    alerts: [section("a.alert", "added")],
    settings: ["drain"],
  };
  assertEquals(
    summarize(reported(all)),
    "a.service started; logging changed; alerts changed; settings changed",
  );
  assertEquals(summarize(reported({ alerts: [section("a.alert", "removed")] })), "alerts changed");
  assertEquals(summarize(reported({})), "nothing is different");
});
