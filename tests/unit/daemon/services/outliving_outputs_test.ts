/** Streams of processes that have ended: which of them another incarnation reads on. */
import { assertEquals } from "@std/assert";
import type { CapturedOutput } from "../../../../lib/daemon/services/capture.ts";
import { OutlivingOutputs } from "../../../../lib/daemon/services/outliving_outputs.ts";
import { createEntry, type ServiceEntry } from "../../../../lib/daemon/services/service_entry.ts";
import { initialState } from "../../../../lib/service/life/phase.ts";
import { test } from "../../../test.ts";
import { serviceConfig } from "../../service/service_config.ts";

class Stream implements CapturedOutput {
  isEnded = false;
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  isOpen(): boolean {
    return !this.isEnded;
  }

  handOver() {
    return { stdout: { descriptor: this.#descriptor, rest: { line: {} as never } } };
  }

  drain(): void {}

  close(): void {
    this.isEnded = true;
  }
}

const entry = createEntry(serviceConfig({ name: "a.service" }), initialState(true));
const nameOf = ({ config }: ServiceEntry) => config.name;

test("streams that others hold open are handed over with whose they are", () => {
  const outputs = new OutlivingOutputs(() => {});
  const [held, ended, ending] = [new Stream(5), new Stream(6), new Stream(7)];
  ended.isEnded = true;
  for (const [at, output] of [held, ended, ending].entries()) {
    outputs.keep({ pid: 20 + at, entry, output });
  }
  ending.isEnded = true;
  const left = outputs.handOver(nameOf);
  assertEquals(left.map(({ pid, service, output }) => [pid, service, output.stdout?.descriptor]), [
    [20, "a.service", 5],
  ]);
});

test("streams of a service that is no more are left alone", () => {
  const outputs = new OutlivingOutputs(() => {});
  outputs.keep({ pid: 20, entry, output: new Stream(5) });
  assertEquals(outputs.handOver(() => undefined), []);
});

test("of a service the streams of 32 processes are read on, and that is told once", () => {
  const told: string[] = [];
  const outputs = new OutlivingOutputs((_entry, text) => void told.push(text));
  const streams = Array.from({ length: 36 }, (_, at) => new Stream(at));
  const other = createEntry(serviceConfig({ name: "b.service" }), initialState(true));
  outputs.keep({ pid: 10, entry: other, output: new Stream(100) });
  for (const [at, output] of streams.entries()) outputs.keep({ pid: 20 + at, entry, output });
  assertEquals(streams.map(({ isEnded }) => isEnded), streams.map((_, at) => at < 4));
  assertEquals(outputs.handOver(nameOf).map(({ pid }) => pid), [
    10,
    ...streams.slice(4).map((_, at) => 24 + at),
  ]);
  assertEquals(told, [
    "a.service: streams of more than 32 processes that have ended are still open: the oldest are " +
    "read no longer",
  ]);
});
