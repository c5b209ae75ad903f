import { assertEquals } from "@std/assert";
import { HeldDoor } from "../../../../lib/daemon/sinks/held_door.ts";
import { test } from "../../../test.ts";
import { FakeTime, settle } from "./fakes.ts";

class Sink {
  readonly name = "log file '/x'";
  takenBytes = 0;
  isRelieved = false;
  drops = 0;
  #wake: () => void = () => {};

  whenRoom(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }

  makeRoom(): void {
    this.#wake();
  }

  dropUntilEmpty(): void {
    this.drops++;
    this.#wake();
  }
}

function setUp() {
  const time = new FakeTime();
  const reports: string[] = [];
  const door = new HeldDoor<Sink>(time, (text) => reports.push(text));
  return { time, reports, door, sink: new Sink() };
}

test("F-120: HeldDoor names a sink after a second, and after five lets it drop", async () => {
  const { time, reports, door, sink } = setUp();
  let isOpen = false;
  void door.wait(sink).then(() => isOpen = true);
  await time.advance(999);
  assertEquals(reports, []);
  await time.advance(1);
  assertEquals(reports, [
    "log file '/x' takes nothing, and all that write to /dev/log wait for it; " +
    "in 4 s its records are dropped (when_full: drop does so at once)",
  ]);
  await time.advance(3999);
  assertEquals([isOpen, sink.drops], [false, 0]);
  await time.advance(1);
  assertEquals([isOpen, sink.drops, reports.length, time.pendingTimers], [true, 1, 1, 0]);
});

test("HeldDoor takes a trickle for nothing, and lets one that is slow be slow", async () => {
  for (const [bytesPerSecond, drops] of [[1000, 1], [100_000, 0]] as const) {
    const { time, door, sink } = setUp();
    for (let second = 0; second < 8; second++) {
      void door.wait(sink);
      await time.advance(1000);
      sink.takenBytes += bytesPerSecond;
      if (sink.drops === 0) sink.makeRoom();
    }
    assertEquals(Math.min(1, sink.drops), drops, `${bytesPerSecond}`);
  }
});

test("HeldDoor leaves no timer once the sink is relieved", async () => {
  const { time, reports, door, sink } = setUp();
  void door.wait(sink);
  sink.isRelieved = true;
  sink.makeRoom();
  await settle();
  await time.advance(1000);
  assertEquals([reports, time.pendingTimers], [[], 0]);
});
