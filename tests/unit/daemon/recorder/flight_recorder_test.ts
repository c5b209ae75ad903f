import { assert, assertEquals } from "@std/assert";
import { FlightRecorder } from "../../../../lib/daemon/recorder/flight_recorder.ts";
import { recallLife } from "../../../../lib/daemon/recorder/recalled_life.ts";
import { StateJournal } from "../../../../lib/daemon/recorder/state_journal.ts";
import { FLIGHT_FILES, readFlight } from "../../../../lib/daemon/recorder/flight_files.ts";
import { ServiceHistory } from "../../../../lib/daemon/services/service_history.ts";
import { LogRing } from "../../../../lib/daemon/logging/log_ring.ts";
import { lifeOf, outputOf } from "../../../../lib/service/flight/flight_life.ts";
import { tellEnd } from "../../../../lib/service/flight/flight_story.ts";
import type { FlightRecord } from "../../../../lib/service/flight/flight_record.ts";
import { test } from "../../../test.ts";
import { Assembly, configFrom, type Services } from "../assembly.ts";
import { FakeOs } from "../fake_os.ts";
import { RESTART } from "../../service/service_config.ts";
import { FakeState } from "./fake_state.ts";

function recorded(services: Services) {
  const os = new FakeOs();
  const assembly = new Assembly(configFrom(services, { startupPauseMs: 0 }), os);
  const { supervisor } = assembly;
  const history = new ServiceHistory(supervisor, os);
  const ring = new LogRing(8192);
  const recorder = new FlightRecorder({
    supervisor,
    history,
    ring,
    os,
    memory: () => ({ usedBytes: 90, limitBytes: 100 }),
    version: "0.5.0",
    host: "box",
    configHash: () => "c0ffee",
    life: { id: "me", beganWallMs: 1 },
  });
  const state = new FakeState();
  const open = () =>
    recorder.open(
      new StateJournal(state, {
        ...FLIGHT_FILES,
        sizeBytes: 100_000,
        head: () => [recorder.beginning(true)],
        failed: () => {},
        nowMs: () => os.nowMs(),
      }),
      { isContinued: false },
    );
  const read =
    async () => (await readFlight((name) => Promise.resolve(state.files.get(name) ?? "")));
  return { os, assembly, history, ring, recorder, open, read };
}

test("what happened before the file is open is recorded, after the beginning", async () => {
  const { assembly, recorder, open, read } = recorded({ a: {} });
  assembly.boot();
  open();
  await recorder.end({ exitCode: 0, reason: "SIGTERM" });
  const { records } = await read();
  assertEquals(records[0]?.kind, "begin");
  assert(records.some((record) => record.kind === "state" && record.to === "up"));
  assertEquals(records.at(-1)?.kind, "end");
});

test("the end of a process comes before what follows, with its own last lines, peak and memory", async () => {
  const { os, assembly, ring, recorder, open, read } = recorded({ a: { restart: RESTART } });
  assembly.boot();
  open();
  const pid = os.pidOf("a");
  os.advance(10);
  ring.append("a.service", { pid: pid + 100, stream: "stdout", wallMs: 1 }, bytes("other\n"));
  ring.append(
    "a.service",
    { pid, stream: "stderr", wallMs: 1 },
    bytes(`${"x".repeat(900)}\nown\n`),
  );
  os.peaks.set(pid, 12345);
  os.end("a", { kind: "exited", code: 3 });
  await recorder.end({ exitCode: 0, reason: "SIGTERM" });
  const { records } = await read();
  const at = records.findIndex(({ kind }) => kind === "exit");
  const exit = records[at] as Extract<FlightRecord, { kind: "exit" }>;
  assertEquals(exit.peakBytes, 12345);
  assertEquals(exit.usedBytes, 90);
  assertEquals(exit.lines?.map((line) => line.length), [401, 3]);
  const next = records[at + 1];
  assert(next?.kind === "state" && next.to !== "up", JSON.stringify(next));
});

test("at the end, the last lines of who ended in order are recorded, and no line twice", async () => {
  const { os, assembly, ring, recorder, open, read } = recorded({ a: {}, b: {}, c: {} });
  assembly.boot();
  open();
  os.advance(10);
  for (const name of ["a", "b"]) {
    const source = { pid: os.pidOf(name), stream: "stdout", wallMs: 1 } as const;
    ring.append(`${name}.service`, source, bytes(`of ${name}\n`));
  }
  os.end("a", { kind: "exited", code: 3 });
  await recorder.end({ exitCode: 3, reason: "a failed" });
  const { records } = await read();
  assertEquals(outputOf(lifeOf("me", records)).map(({ text }) => text), ["of a", "of b"]);
});

test("orders, signals, health and configurations are recorded; a flood is bounded", async () => {
  const { history, recorder, open, read } = recorded({ a: {} });
  open();
  history.order("a.service", "stop", "telchap (root)");
  recorder.configured(["a.service changed: command"]);
  for (let count = 0; count < 500; count++) recorder.signal("SIGHUP");
  await recorder.end({ exitCode: 0, reason: "SIGTERM" });
  const { records } = await read();
  assertEquals(records.filter(({ kind }) => kind === "signal").length, 60);
  assert(records.some((record) => record.kind === "left-out" && record.count === 440));
  assert(records.some((record) => record.kind === "order" && record.by === "telchap (root)"));
  assert(records.some((record) => record.kind === "config" && record.config === "c0ffee"));
});

test("a life that is not recorded can still be told at its end, with the lines of what failed", () => {
  const { os, assembly, history, ring } = recorded({ a: { exitKills: true }, b: {} });
  assembly.boot();
  const pid = os.pidOf("a");
  os.advance(10);
  ring.append("a.service", { pid, stream: "stdout", wallMs: 1 }, bytes("last words\n"));
  os.end("a", { kind: "exited", code: 4 });
  const parts = { supervisor: assembly.supervisor, history, ring, wallMs: () => os.wallMs() };
  const text = tellEnd(recallLife(parts, { exitCode: 4, reason: "a failed" }, os.wallMs()), 4096);
  assert(text.startsWith("chaperone: exit 4: a failed\n"), text);
  assert(text.includes("      | last words\n"), text);
});

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
