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
  assertEquals(listChanges({ ...diff, services: many }).slice(-1), ["and 12 more"]);
});
