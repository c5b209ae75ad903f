import { assertEquals } from "@std/assert";
import { ProbeOutput } from "../../../../lib/daemon/readiness/probe_output.ts";
import { ReadPace } from "../../../../lib/daemon/readiness/read_pace.ts";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import type { OutputPipe } from "../../../../lib/door/os.ts";
import { test } from "../../../test.ts";

const SERVICE = { name: "a.service" } as ServiceConfig;

/** A pipe that hands on what was written to it when it is read, and when it is drained. */
class FakePipe implements OutputPipe {
  readonly descriptor = 5;
  #take: (bytes: Uint8Array<ArrayBuffer>) => unknown = () => {};
  #waiting: Uint8Array<ArrayBuffer>[] = [];

  start(onBytes: (bytes: Uint8Array<ArrayBuffer>) => unknown): void {
    this.#take = onBytes;
  }

  write(...texts: (string | Uint8Array<ArrayBuffer>)[]): void {
    for (const text of texts) {
      this.#waiting.push(typeof text === "string" ? new TextEncoder().encode(text) : text);
    }
  }

  /** Returns what the reader has to wait for after the last of it. */
  read(): unknown {
    return this.#waiting.splice(0).map((bytes) => this.#take(bytes)).at(-1);
  }

  /** Like a pipe that a thread reads, where `isHeldUp`. */
  isHeldUp = false;
  goOn: () => void = () => {};

  drain(onDrained: () => void): void {
    this.goOn = () => {
      this.read();
      onDrained();
    };
    if (!this.isHeldUp) this.goOn();
  }

  isOpen = true;
  close(): void {
    this.isOpen = false;
  }
}

function output(...secrets: string[]) {
  const pace = new ReadPace(() => () => {});
  const [probe, stdout, stderr] = [new ProbeOutput(pace), new FakePipe(), new FakePipe()];
  if (secrets.length > 0) probe.redact(SERVICE, secrets);
  probe.attach(SERVICE, { pid: 7, stdout, stderr });
  return { probe, stdout, stderr };
}

test("the last line of a probe is told, what came at its end included", () => {
  const { probe, stdout } = output();
  stdout.write("first\n");
  stdout.read();
  stdout.write("last\u001b[1m\n\n");
  probe.finish(() => {});
  assertEquals(probe.lastLine, "last?[1m");
});

test("a secret in the last line is masked, in whatever pieces it comes", () => {
  const { probe, stdout, stderr } = output("hunter2");
  stdout.write("it is hun");
  stdout.read();
  stderr.write("warning: ");
  stderr.read();
  stdout.write("ter2!\n");
  probe.finish(() => {});
  assertEquals(probe.lastLine.includes("hunter2"), false);
  assertEquals(probe.lastLine, "it is warning: ***!");
});

test("no part of a secret is told that stands where a long line is cut", () => {
  const secret = "0123456789abcdefghijklmnopqrstuv";
  for (let after = 600; after < 810; after++) {
    const { probe, stdout } = output(secret);
    stdout.write(`${secret}${"-".repeat(after)}`);
    stdout.read();
    probe.finish(() => {});
    assertEquals(/[0-9a-v]/.test(probe.lastLine), false, `${after}: ${probe.lastLine}`);
  }
});

test("a secret that is no text is masked, too", () => {
  const { probe, stdout } = output("key\udcfe\udcffkey");
  stdout.write("a ", Uint8Array.of(0x6b, 0x65, 0x79, 0xfe, 0xff, 0x6b, 0x65, 0x79), " b\n");
  probe.finish(() => {});
  assertEquals(probe.lastLine, "a *** b");
});

test("a probe is finished once, when all its pipes have been read", () => {
  const { probe, stdout, stderr } = output();
  let finished = 0;
  stdout.isHeldUp = true;
  stdout.write("last words\n");
  probe.finish(() => finished++);
  assertEquals([finished, stdout.isOpen, stderr.isOpen], [0, true, false]);
  stdout.goOn();
  assertEquals([finished, stdout.isOpen, probe.lastLine], [1, false, "last words"]);
});

test("a probe that has no pipes is finished at once", () => {
  let finished = 0;
  new ProbeOutput(new ReadPace(() => () => {})).finish(() => finished++);
  assertEquals(finished, 1);
});

test("a probe waits after its first MiB, whichever pipe it writes to, until it is finished", () => {
  const { probe, stdout, stderr } = output();
  const half = new Uint8Array(512 * 1024);
  const waits = [stdout, stderr, stdout].map((pipe) => {
    pipe.write(half);
    return pipe.read() !== undefined;
  });
  assertEquals(waits, [false, false, true]);
  probe.finish(() => {});
  stderr.write(half);
  assertEquals(stderr.read(), undefined);
});
