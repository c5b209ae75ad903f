import { assertEquals, assertStrictEquals } from "@std/assert";
import { DatagramMask } from "../../../../lib/daemon/logging/datagram_mask.ts";
import { PATTERNS_MAX_BYTES } from "../../../../lib/log/secret_matcher.ts";
import { test } from "../../../test.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const masked = (mask: DatagramMask, text: string) =>
  new TextDecoder().decode(mask.mask(bytes(text)));

test("the secrets of all services are masked in each datagram, whoever sent it", () => {
  const mask = new DatagramMask();
  mask.set("db", [bytes("hunter2")]);
  mask.set("web", [bytes("letmein"), bytes("hunter2")]);
  assertEquals(masked(mask, "<13>a: hunter2, letmein"), "<13>a: ***, ***");
});

test("a datagram is masked by itself: its end is not held back for the next one", () => {
  const mask = new DatagramMask();
  mask.set("db", [bytes("hunter2")]);
  assertEquals(masked(mask, "<13>a: hun"), "<13>a: hun");
  assertEquals(masked(mask, "ter2"), "ter2");
  assertEquals(masked(mask, "<13>a: hunter"), "<13>a: ***");
});

test("without secrets, and without one in it, a datagram stays what it is", () => {
  const mask = new DatagramMask();
  const datagram = bytes("<13>a: b");
  assertStrictEquals(mask.mask(datagram), datagram);
  mask.set("db", [bytes("hunter2")]);
  assertStrictEquals(mask.mask(datagram), datagram);
});

test("what a service had before its last start is no secret any more", () => {
  const mask = new DatagramMask();
  mask.set("db", [bytes("hunter2")]);
  mask.set("db", [bytes("hunter3")]);
  assertEquals(masked(mask, "hunter2 hunter3"), "hunter2 ***");
  mask.set("db", []);
  assertEquals(masked(mask, "hunter3"), "hunter3");
});

test("more than can be looked for is told, and what fits is masked", () => {
  const mask = new DatagramMask();
  assertEquals(mask.set("db", [bytes("x".repeat(PATTERNS_MAX_BYTES - 7)), bytes("hunter2")]), true);
  assertEquals(mask.set("same", [bytes("hunter2")]), true);
  assertEquals(mask.set("web", [bytes("letmein")]), false);
  assertEquals(masked(mask, "hunter2 letmein"), "*** letmein");
});

test("another incarnation masks what the one before has masked", () => {
  const mask = new DatagramMask();
  mask.set("db", [bytes("hunter2")]);
  const next = new DatagramMask();
  next.takeOver(mask.handOver());
  assertEquals(masked(next, "hunter2"), "***");
});
