import { assertEquals } from "@std/assert";
import { LogRing } from "../../../../lib/daemon/logging/log_ring.ts";
import { LogTail } from "../../../../lib/daemon/logging/log_tail.ts";
import { test } from "../../../test.ts";

class Bench {
  readonly ring = new LogRing(4096);
  readonly tail = new LogTail(this.ring);

  write(
    service: string,
    wallMs: number,
    text: string,
    stream: "stdout" | "stderr" | "chaperone" = "stdout",
  ) {
    this.ring.append(service, { pid: 1, stream, wallMs }, new TextEncoder().encode(text));
  }

  get texts(): string[] {
    return this.tail.lines().map(({ service, text }) => `${service} ${text}`);
  }
}

test("LogTail puts the lines of all services in the order of their time", () => {
  const bench = new Bench();
  bench.write("a", 1, "one\n");
  bench.write("b", 2, "two\n", "stderr");
  bench.write("a", 3, "three\n", "chaperone");
  assertEquals(bench.texts, ["a one", "b two", "a three"]);
  bench.write("b", 4, "four\n");
  assertEquals(bench.texts, ["a one", "b two", "a three", "b four"]);
  assertEquals(bench.tail.lines(1).map(({ text }) => text), ["four"]);
});

test("LogTail counts the lines of services, not chaperone's own", () => {
  const bench = new Bench();
  bench.write("a", 1, "one\ntwo\nthr");
  bench.write("a", 1, "ee\n");
  bench.write("a", 1, "x\n", "stderr");
  bench.write("a", 1, "own\n", "chaperone");
  assertEquals(bench.tail.linesOf("a"), { stdout: 3, stderr: 1 });
  assertEquals(bench.tail.linesOf("b"), { stdout: 0, stderr: 0 });
});
