/** What control groups are given, for trees that are pretended. */
import { assertEquals } from "@std/assert";
import {
  describePlan,
  describePlans,
  planGroup,
} from "../../../../lib/service/groups/group_plan.ts";
import { hasGroup } from "../../../../lib/service/groups/has_group.ts";
import { test } from "../../../test.ts";

const ALL = { controllers: new Set(["memory", "cpu", "pids"]) };
const LIMITS = { memoryMaxBytes: 1024, cpuMaxPercent: 150, cpuWeight: 50, pidsMax: 7 };

const writes = (...args: Parameters<typeof planGroup>) =>
  planGroup(...args).settings.map(({ file, text }) => `${file}=${text}`);

test("limits are written where their controller is there", () => {
  assertEquals(writes(LIMITS, ALL), [
    ...["memory.max=1024", "cpu.max=150000 100000", "cpu.weight=50", "pids.max=7"],
  ]);
  assertEquals(writes({ cpuMaxPercent: 0.5 }, ALL), ["cpu.max=1000 100000"]);
  assertEquals(writes({ pidsMax: 7 }, ALL), ["pids.max=7"]);
  assertEquals(writes(LIMITS, { controllers: new Set(["pids"]) }), ["pids.max=7"]);
  assertEquals(writes(LIMITS, { ...ALL, problem: "no" }), []);
  assertEquals([hasGroup({}), hasGroup({ pidsMax: 1 })], [false, true]);
});

test("what has no effect is said, with why, once for all services", () => {
  const none = { controllers: new Set<string>(), problem: "there is none" };
  const [some, all] = [{ controllers: new Set(["pids"]) }, planGroup(LIMITS, ALL)];
  assertEquals(describePlan(all), undefined);
  assertEquals(
    describePlan(planGroup(LIMITS, some)),
    "memory_max, cpu_max, cpu_weight have no effect here: " +
      "its control group (version 2) lacks the controllers memory and cpu",
  );
  const plan = planGroup({ pidsMax: 1 }, none);
  assertEquals(describePlans(new Map([["a", plan], ["b", plan], ["c", all]])), [
    "pids_max has no effect here: there is none (a, b)",
  ]);
});
