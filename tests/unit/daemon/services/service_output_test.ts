import { assertEquals } from "@std/assert";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import type { OutputPipe } from "../../../../lib/door/os.ts";
import { ServiceOutput } from "../../../../lib/daemon/services/service_output.ts";
import { test } from "../../../test.ts";
import { MemorySink } from "../memory_sink.ts";
import { DATE, RouterCase } from "../router_case.ts";

const encoder = new TextEncoder();

/** A pipe that delivers a text when the test says so, and is read on when there is room. */
class FakePipe implements OutputPipe {
  readonly descriptor = 5;
  /** What is in the pipe, in the portions that reads give. */
  readonly texts: string[];
  isAtEnd = false;
  #onBytes: (bytes: Uint8Array<ArrayBuffer>) => Promise<void> | undefined = () => undefined;
  #onEnd = () => {};
  #isPaused = false;
  #onDrained = () => {};

  constructor(...texts: string[]) {
    this.texts = texts;
  }

  start(
    onBytes: (bytes: Uint8Array<ArrayBuffer>) => Promise<void> | undefined,
    onEnd: () => void,
  ): void {
    this.#onBytes = onBytes;
    this.#onEnd = onEnd;
  }

  drain(onDrained: () => void): void {
    this.#onDrained = onDrained;
    this.read();
  }

  close(): void {}

  /** Reads what there is, to the end of file. */
  read(): void {
    while (!this.#isPaused && this.texts.length > 0) {
      const room = this.#onBytes(encoder.encode(this.texts.shift()));
      if (room !== undefined) this.#pause(room);
    }
    if (this.#isPaused) return;
    if (!this.isAtEnd) this.#onEnd();
    this.isAtEnd = true;
    this.#onDrained();
  }

  async #pause(room: Promise<void>): Promise<void> {
    this.#isPaused = true;
    await room;
    this.#isPaused = false;
    this.read();
  }
}

/** Only what capturing looks at. */
function service(targets: Partial<ServiceConfig> = {}): ServiceConfig {
  const config: Partial<ServiceConfig> = {
    name: "web.service",
    stdout: "log",
    stderr: "log",
    multiline: false,
    ...targets,
  };
  return config as ServiceConfig;
}

function output(given: RouterCase) {
  const console = { stdout: new MemorySink("console"), stderr: new MemorySink("console") };
  return { console, capture: new ServiceOutput(given.router, console) };
}

test("ServiceOutput reads both streams to their ends", () => {
  const given = new RouterCase();
  const sink = given.openOne({ extended: true });
  const [stdout, stderr] = [new FakePipe("a\nb", "c\n"), new FakePipe("e")];
  output(given).capture.attach(service(), { pid: 7, stdout, stderr });
  stdout.read();
  stderr.read();
  assertEquals(sink.lines, [
    `daemon.info ${DATE} own web[7]: a`,
    `daemon.info ${DATE} own web[7]: bc`,
    `daemon.warn ${DATE} own web[7]: e`,
  ]);
});

test("ServiceOutput has taken the last words of both streams when its drain calls back", () => {
  const given = new RouterCase();
  const sink = given.openOne();
  const [stdout, stderr] = [new FakePipe("a\n", "last"), new FakePipe("words")];
  const captured = output(given).capture.attach(service(), { pid: 7, stdout, stderr });
  let seen: readonly string[] = [];
  captured?.drain(() => seen = sink.lines);
  assertEquals(seen, ["a", "last", "words"].map((text) => `${DATE} own web[7]: ${text}`));
});

test("ServiceOutput stops reading while a sink that blocks is full, and drains thereafter", async () => {
  const given = new RouterCase();
  const sink = given.openOne();
  sink.hasRoom = false;
  const stdout = new FakePipe("a\n", "b\n");
  const captured = output(given).capture.attach(service(), { pid: 7, stdout });
  stdout.read();
  assertEquals([stdout.texts.length, sink.recordCount], [1, 1]);
  const drained = new Promise<void>((resolve) => captured?.drain(resolve));
  assertEquals(sink.recordCount, 1);
  sink.makeRoom();
  await drained;
  assertEquals(sink.lines.length, 2);
});

test("ServiceOutput shows an inherited stream on chaperone's own", () => {
  const given = new RouterCase({ console: "prefix" });
  const file = given.openOne();
  const { console, capture } = output(given);
  const stderr = new FakePipe("hi\n");
  capture.attach(service({ stderr: "inherit" }), { pid: 7, stderr });
  stderr.read();
  assertEquals([console.stderr.text, console.stdout.text, file.text], ["web | hi\n", "", ""]);
});

test("ServiceOutput has nothing to say of a child without pipes", () => {
  assertEquals(output(new RouterCase()).capture.attach(service(), { pid: 7 }), undefined);
});
