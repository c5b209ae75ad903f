import { assertEquals } from "@std/assert";
import { OutputBuffer } from "../../../lib/base/output_buffer.ts";
import { LineBlock } from "../../../lib/log/line_block.ts";
import { TextFormat } from "../../../lib/log/line_format.ts";
import { test } from "../../test.ts";
import { OPTIONS, SOURCE, stillClock } from "./format_case.ts";

test("LineFrame writes a block as it writes its lines one by one", () => {
  // Lines from nothing to some steps of a copy, and long ones.
  const lengths = [...Array.from({ length: 70 }, (_, i) => i), 1023, 1024, 1025, 5000];
  const text = lengths.map((length) => `${"é".repeat(length >> 1)}${"x".repeat(length % 2)}\n`);
  const bytes = new TextEncoder().encode(text.join(""));
  for (const options of [OPTIONS, { ...OPTIONS, extended: true, logrecHostname: "" }]) {
    const writer = new TextFormat(options, stillClock()).createLineWriter(SOURCE);
    const block = new LineBlock();
    assertEquals(block.fill(bytes, 0, 10_000), bytes.length);
    const [one, all] = [new OutputBuffer(), new OutputBuffer()];
    one.append(new TextEncoder().encode("before "));
    all.append(new TextEncoder().encode("before "));
    const [from, to] = [3, block.count];
    for (let i = from; i < to; i++) {
      writer.appendLine(one, bytes, block.starts[i] ?? 0, block.ends[i] ?? 0, false);
    }
    writer.block?.appendLines(all, bytes, { block, from, to });
    assertEquals(all.filled(), one.filled());
  }
});
