import { assert, assertEquals } from "@std/assert";
import { nowMs, preciseWallMs, setTimer, wallMs } from "../../../../lib/sys/libc/clock.ts";
import { test } from "../../test.ts";

test("setTimer calls back once, not before its time", async () => {
  const startedMs = nowMs();
  let calls = 0;
  await new Promise<void>((resolve) => {
    setTimer(20, () => {
      calls++;
      resolve();
    });
  });
  assertEquals(calls, 1);
  assert(nowMs() - startedMs >= 19);
});

test("setTimer does not fire at once for a delay longer than setTimeout takes", async () => {
  let calls = 0;
  const cancel = setTimer(2 ** 31 + 5, () => calls++);
  await new Promise<void>((resolve) => {
    setTimer(5, resolve);
  });
  cancel();
  assertEquals(calls, 0);
});

test("a timer that is cancelled does not fire, even if it is due by then", async () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let isCancelled = false;
  const cancel = setTimer(1, () => isCancelled && resolve(true));
  const received = socket.receive().then(() => {
    cancel();
    isCancelled = true;
  });
  await socket.send(new Uint8Array(1), socket.addr);
  // Both have become due once this is over.
  const startMs = performance.now();
  while (performance.now() - startMs < 3);
  await received;
  setTimer(5, () => resolve(false));
  assertEquals(await promise, false);
  socket.close();
});

test("preciseWallMs agrees with the wall clock and tells moments within a millisecond apart", () => {
  const moments = new Set<number>();
  for (const startMs = nowMs(); nowMs() - startMs < 3;) {
    const before = wallMs();
    const precise = preciseWallMs();
    assert(precise >= before && precise < wallMs() + 1);
    moments.add(precise);
  }
  assert(moments.size > 10);
});
