import { assertEquals } from "@std/assert";
import { ConfigApplier } from "../../../../lib/daemon/container/config_applier.ts";
import { buildFamily } from "../../../../lib/service/family.ts";
import { test } from "../../../test.ts";
import { configFrom, type Services } from "../assembly.ts";
import { ControlBench } from "./control_bench.ts";

/** A container whose configuration files have come to say something else. */
function changedTo(services: Services, { detectExit = true } = {}): ControlBench {
  const bench = new ControlBench({ a: {}, b: {} }, { detectExit }).boot();
  const { current, supervisor, container, os, roller } = bench;
  const config = configFrom(services, { startupPauseMs: 0 }, { settings: { detectExit } });
  const family = buildFamily(config.services);
  const applier = new ConfigApplier({
    current,
    supervisor,
    container,
    os,
    load: () => Promise.resolve({ config, family, notices: [] }),
    roller: () => Promise.resolve(roller),
    prepareLogging: () => ({ commit: () => {}, abandon: () => {} }),
  });
  Object.assign(bench.context, {
    applier: () => Promise.resolve(applier),
    isApplying: () => applier.isUnderWay,
  });
  return bench;
}

const NOTHING_LEFT = "nothing is left to run then: the container ends (detect_exit)";

test("F-033: diff and apply say beforehand that nothing is left to run", async () => {
  const bench = changedTo({});
  const report = "- a.service  stops\n- b.service  stops\n0 services unchanged.\n";
  assertEquals(await bench.run("diff"), [`${report}note: ${NOTHING_LEFT}`, 0]);
  assertEquals(JSON.parse((await bench.run("diff --json"))[0]).notices, [NOTHING_LEFT]);
  const answer = bench.begin("apply");
  for (let tick = 0; tick < 10; tick++) await Promise.resolve();
  assertEquals(answer.text, `${report}note: ${NOTHING_LEFT}\n`);
  assertEquals(answer.exitCode, undefined);
});

test("F-033: diff says nothing of the kind where something goes on, comes, or detect_exit is off", async () => {
  for (
    const bench of [
      changedTo({ b: {} }),
      changedTo({ c: {} }),
      changedTo({}, { detectExit: false }),
    ]
  ) {
    const [text] = await bench.run("diff");
    assertEquals(text.includes("note:"), false, text);
  }
});
