/**
 * Reading what processes write, with real processes: nothing lost, nobody starved, nothing left.
 */
import { assert, assertEquals } from "@std/assert";
import type { Child, OutputPipe } from "../../../../lib/door/os.ts";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { test } from "../../test.ts";
import { ObservedOs, openDescriptors, readAll, shell } from "../observed_os.ts";
import { runProgram } from "../run_program.ts";

/** Reads a pipe and counts; never holds it back. */
class Meter {
  bytes = 0;
  text = "";
  isEnded = false;
  readonly #keepsText: boolean;

  constructor(pipe: OutputPipe | undefined, keepsText = false) {
    this.#keepsText = keepsText;
    pipe?.start((bytes) => {
      this.bytes += bytes.length;
      if (this.#keepsText) this.text += new TextDecoder().decode(bytes);
      return undefined;
    }, () => this.isEnded = true);
  }

  /** Resolves when that many bytes have come. */
  async atLeast(bytes: number): Promise<void> {
    while (this.bytes < bytes) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Resolves once the end has been read, which may be after the end of the process. */
  async ended(): Promise<void> {
    while (!this.isEnded) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const out = { stdout: "pipe" } as const;

/** Drains at the exit, as a supervisor does, and returns what had come by then. */
async function textAtExit(observed: ObservedOs, child: Child, meter: Meter): Promise<string> {
  await observed.ended(child.pid);
  const { promise, resolve } = Promise.withResolvers<string>();
  child.stdout?.drain(() => resolve(meter.text));
  return await promise;
}

test("2000 short-lived processes all have their output read, in order and to the end", async () => {
  await using observed = new ObservedOs();
  const expected: string[] = [];
  const reading: Promise<string>[] = [];
  const { told, os } = observed;
  await readAll(os.spawn(shell("exit 0", out)).stdout);
  await observed.until(() => told.length === 1);
  const before = openDescriptors();
  for (let i = 0; i < 2000; i++) {
    const child = os.spawn(shell(`echo ${i}; echo ${i}b`, out));
    reading.push(readAll(child.stdout));
    expected.push(`${i}\n${i}b\n`);
    // Fifty at a time, so that starting and ending overlap.
    if (i >= 50) await reading[i - 50];
  }
  assertEquals(await Promise.all(reading), expected);
  await observed.until(() => told.length === 2001);
  assert(told.every(({ status }) => status.kind === "exited" && status.code === 0));
  assertEquals(openDescriptors(), before);
});

test("a process that floods its output starves neither others, nor timers, nor signals", async () => {
  await using observed = new ObservedOs();
  const { os } = observed;
  const floods = [1, 2, 3].map(() => os.spawn(shell("exec yes", out)));
  const meters = floods.map(({ stdout }) => new Meter(stdout));
  await Promise.all(meters.map((meter) => meter.atLeast(8 << 20)));
  for (let i = 0; i < 20; i++) {
    const startedMs = performance.now();
    const child = os.spawn(shell("echo one; echo two", out));
    const text = readAll(child.stdout);
    await observed.ended(child.pid);
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(await text, "one\ntwo\n");
    assert(performance.now() - startedMs < 1000);
  }
  const least = Math.min(...meters.map(({ bytes }) => bytes));
  const most = Math.max(...meters.map(({ bytes }) => bytes));
  assert(most < 10 * least, `${least} and ${most} bytes were read of equal writers`);
  for (const { pid } of floods) {
    os.kill(pid, 9);
    await observed.ended(pid);
  }
});

test("nothing is lost of what was written before a process killed itself, or was killed", async () => {
  await using observed = new ObservedOs();
  const { os } = observed;
  const lines = Array.from({ length: 20_000 }, (_, i) => `${i + 1}\n`).join("");
  for (let round = 0; round < 5; round++) {
    const child = os.spawn(shell("seq 1 20000; kill -9 $$", out));
    const text = await textAtExit(observed, child, new Meter(child.stdout, true));
    assert(text === lines, `${text.length} of ${lines.length} bytes`);
  }
  for (let round = 0; round < 5; round++) {
    const child = os.spawn(shell("exec seq 1 inf", out));
    const meter = new Meter(child.stdout, true);
    await meter.atLeast(1 << 20);
    os.kill(child.pid, 9);
    const text = await textAtExit(observed, child, meter);
    assertEquals([text.length, meter.isEnded], [meter.bytes, true]);
    // What the pipe holds when its writer dies is a whole number of its writes, not of lines.
    const numbers = text.slice(0, text.lastIndexOf("\n")).split("\n");
    assert(numbers.every((number, i) => number === String(i + 1)));
  }
});

test("drain reads what is there, though another process goes on holding the pipe", async () => {
  await using observed = new ObservedOs();
  const { os } = observed;
  const child = os.spawn(shell("echo $$; sleep 60 & echo last words", out));
  const meter = new Meter(child.stdout, true);
  assertEquals(await textAtExit(observed, child, meter), `${child.pid}\nlast words\n`);
  assertEquals(meter.isEnded, false);
  os.kill(-child.pid, 9);
  while (!meter.isEnded) await new Promise((resolve) => setTimeout(resolve, 1));
});

test("drain is over after what was there at the exit, though another process floods on", async () => {
  await using observed = new ObservedOs();
  const { os } = observed;
  const child = os.spawn(shell("yes & echo $$; sleep 0.05", out));
  const meter = new Meter(child.stdout);
  await observed.ended(child.pid);
  await new Promise<void>((drained) => child.stdout?.drain(drained));
  assertEquals(meter.isEnded, false);
  await meter.atLeast(meter.bytes + (1 << 20));
  os.kill(-child.pid, 9);
  while (!meter.isEnded) await new Promise((resolve) => setTimeout(resolve, 1));
});

test("while a sink is full nothing is read, and the rest arrives in order, drained or not", async () => {
  await using observed = new ObservedOs();
  const { os } = observed;
  for (const drains of [false, true]) {
    // More than a pipe and a read hold, so that the writer itself is held back.
    const child = os.spawn(shell(`seq 1 100000; echo end`, out));
    let text = "";
    let reads = 0;
    let makeRoom = () => {};
    const steps: string[] = [];
    const ended = new Promise<void>((resolve) => {
      child.stdout?.start((bytes) => {
        text += new TextDecoder().decode(bytes);
        reads++;
        if (reads === 1 || text.endsWith("end\n")) {
          return new Promise((room) => makeRoom = room);
        }
        return undefined;
      }, () => {
        steps.push("end");
        resolve();
      });
    });
    while (reads === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assertEquals(reads, 1);
    makeRoom();
    await observed.ended(child.pid);
    while (!text.endsWith("end\n")) await new Promise((resolve) => setTimeout(resolve, 1));
    if (drains) child.stdout?.drain(() => steps.push("drained"));
    assertEquals(steps, []);
    makeRoom();
    await ended;
    assertEquals(steps, drains ? ["end", "drained"] : ["end"]);
    assert(text === Array.from({ length: 100_000 }, (_, i) => `${i + 1}\n`).join("") + "end\n");
  }
});

test("close ends reading: the writer gets SIGPIPE, and onEnd is not called", async () => {
  await using observed = new ObservedOs();
  const { os } = observed;
  const child = os.spawn(shell("exec yes", out));
  const meter = new Meter(child.stdout);
  await meter.atLeast(1);
  child.stdout?.close();
  const status = await observed.ended(child.pid);
  assertEquals(status, { kind: "signaled", signal: 13, coreDumped: false });
  assertEquals(meter.isEnded, false);
  let isDrained = false;
  child.stdout?.drain(() => isDrained = true);
  assertEquals(isDrained, true);
});

test("a process finds its stdout blocking, and may open /dev/stdout again as another user", async () => {
  await using observed = new ObservedOs();
  const identity = Deno.uid() === 0 ? { identity: { uid: 1234, gid: 2345, groups: [] } } : {};
  const script = "echo one > /dev/stdout; grep flags /proc/$$/fdinfo/1";
  const [line, flags] = (await observed.outputOf(script, identity)).split("\n");
  const nonBlocking = 0o4000;
  const value = Number.parseInt(flags?.split("\t")[1] ?? "", 8);
  assertEquals([line, value & nonBlocking], ["one", 0]);
});

test("nothing is left open by processes that could not be started", async () => {
  await using observed = new ObservedOs();
  const { os } = observed;
  await observed.outputOf("echo");
  const before = openDescriptors();
  for (let i = 0; i < 50; i++) {
    const streams = { stdout: "pipe", stderr: "pipe", readyDescriptor: 5 } as const;
    await observed.failureOf({ ...shell("", streams), argv: ["/none"] });
  }
  assertEquals(openDescriptors(), before);
  await observed.until(() => !os.hasChildren());
});

test("with processes that say nothing, nothing is polled", async () => {
  const found = await runProgram<Record<string, number>>("idle");
  assertEquals(found, { children: 200, ended: 200, switches: 0 });
});

const F_GETPIPE_SZ = 1032;

test("a pipe whose writer fills it holds more from then on, another one does not", async () => {
  await using observed = new ObservedOs();
  const sizeAfter = async (bytes: number) => {
    const { pid, stdout } = observed.os.spawn(
      shell(`head -c ${bytes} /dev/zero; exec sleep 1000`, out),
    );
    const meter = new Meter(stdout);
    await meter.atLeast(bytes);
    const size = libc().fcntl(stdout?.descriptor ?? -1, F_GETPIPE_SZ, 0);
    Deno.kill(pid, "SIGKILL");
    await observed.ended(pid);
    await meter.ended();
    return size;
  };
  assertEquals(await sizeAfter(100), 64 * 1024);
  assertEquals(await sizeAfter(4 * 1024 * 1024), 256 * 1024);
});
