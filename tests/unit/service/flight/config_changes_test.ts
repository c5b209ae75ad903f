import { assertEquals } from "@std/assert";
import { listChanges } from "../../../../lib/service/flight/config_changes.ts";
import { test } from "../../../test.ts";

test("changes of a configuration are listed by section, without values, and not without end", () => {
  const service = (name: string) => ({
    name,
    kind: "changed" as const,
    directives: ["command"],
    variables: ["TOKEN"],
    needsRestart: true,
  });
  const diff = {
    services: [service("a.service")],
    unchangedCount: 0,
    loggings: [{ name: "x.logging", kind: "removed" as const, directives: [] }],
    alerts: [],
    settings: [{ directive: "drain", isLive: true }],
  };
  assertEquals(listChanges(diff), [
    "a.service changed: command, $TOKEN",
    "x.logging removed",
    "settings changed: drain",
  ]);
  const many = Array.from({ length: 50 }, (_, at) => service(`${at}.service`));
  const told = listChanges({ ...diff, services: many });
  assertEquals([told.length, told[0], told.at(-1)], [
    41,
    "0.service changed: command, $TOKEN",
    "and 12 more",
  ]);
  const fitting = listChanges({ ...diff, services: many.slice(0, 38) });
  assertEquals([fitting.length, fitting.at(-1)], [40, "settings changed: drain"]);
});
