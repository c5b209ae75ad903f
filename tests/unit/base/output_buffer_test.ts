import { assertEquals } from "@std/assert";
import { OutputBuffer } from "../../../lib/base/output_buffer.ts";
import { test } from "../../test.ts";

const MIB = 1024 * 1024;

function fill(buffer: OutputBuffer, sizeBytes: number): void {
  buffer.reserve(sizeBytes);
  buffer.length += sizeBytes;
  buffer.reset();
}

test("OutputBuffer keeps what a burst has made it grow to while it goes on", () => {
  const buffer = new OutputBuffer(4096);
  for (let i = 0; i < 20; i++) {
    fill(buffer, MIB);
    for (let k = 0; k < 7; k++) fill(buffer, 1000);
    assertEquals(buffer.bytes.length, MIB);
  }
});

test("OutputBuffer gives back what it has grown to once little fills it", () => {
  const buffer = new OutputBuffer(4096);
  fill(buffer, MIB);
  for (let i = 0; i < 8; i++) fill(buffer, 1000);
  assertEquals(buffer.bytes.length, 4096);
});

test("OutputBuffer gives back what it has grown to when it is told so", () => {
  const buffer = new OutputBuffer(4096);
  fill(buffer, MIB);
  buffer.shrink();
  assertEquals(buffer.bytes.length, 4096);
});
