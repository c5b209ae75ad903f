import { assertEquals } from "@std/assert";
import { ProbeOutput } from "../../../../lib/daemon/readiness/probe_output.ts";
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

  read(): void {
    for (const bytes of this.#waiting.splice(0)) this.#take(bytes);
  }

  drain(onDrained: () => void): void {
    this.read();
    onDrained();
  }

  close(): void {}
}

function output(...secrets: string[]) {
  const [probe, stdout, stderr] = [new ProbeOutput(), new FakePipe(), new FakePipe()];
  if (secrets.length > 0) probe.redact(SERVICE, secrets);
  probe.attach(SERVICE, { pid: 7, stdout, stderr });
  return { probe, stdout, stderr };
}

test("the last line of a probe is told, what came at its end included", () => {
  const { probe, stdout } = output();
  stdout.write("first\n");
  stdout.read();
  stdout.write("last\u001b[1m\n\n");
  probe.finish();
  assertEquals(probe.lastLine, "last?[1m");
});

test("a secret in the last line is masked, in whatever pieces it comes", () => {
  const { probe, stdout, stderr } = output("hunter2");
  stdout.write("it is hun");
  stdout.read();
  stderr.write("warning: ");
  stderr.read();
  stdout.write("ter2!\n");
  probe.finish();
  assertEquals(probe.lastLine.includes("hunter2"), false);
  assertEquals(probe.lastLine, "it is warning: ***!");
});

test("no part of a secret is told that stands where a long line is cut", () => {
  const secret = "0123456789abcdefghijklmnopqrstuv";
  for (let after = 600; after < 810; after++) {
    const { probe, stdout } = output(secret);
    stdout.write(`${secret}${"-".repeat(after)}`);
    stdout.read();
    probe.finish();
    assertEquals(/[0-9a-v]/.test(probe.lastLine), false, `${after}: ${probe.lastLine}`);
  }
});

test("a secret that is no text is masked, too", () => {
  const { probe, stdout } = output("key\udcfe\udcffkey");
  stdout.write("a ", Uint8Array.of(0x6b, 0x65, 0x79, 0xfe, 0xff, 0x6b, 0x65, 0x79), " b\n");
  probe.finish();
  assertEquals(probe.lastLine, "a *** b");
});
