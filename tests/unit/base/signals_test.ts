import { assertEquals } from "@std/assert";
import { parseSignal, signalName } from "../../../lib/base/signals.ts";
import { test } from "../../test.ts";

test("parseSignal reads names in any case, with SIG and without, and numbers", () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ["SIGTERM", 15],
    ["TERM", 15],
    [" term ", 15],
    ["sigrtmin+3", 37],
    ["RTMIN+1", 35],
    ["CLD", 17],
    ["9", 9],
    ["64", 64],
    ["65", undefined],
    ["0", undefined],
    ["SIG", undefined],
    ["SIG9", undefined],
    ["RTMIN+31", undefined],
    ["-9", undefined],
    ["toString", undefined],
    ["", undefined],
  ];
  for (const [text, number] of cases) assertEquals(parseSignal(text), number, text);
});

test("parseSignal reads each name that signalName writes, and that name without SIG", () => {
  for (let number = 1; number <= 64; number++) {
    const name = signalName(number);
    if (name.startsWith("signal ")) continue;
    assertEquals(parseSignal(name), number, name);
    assertEquals(parseSignal(name.slice(3)), number, name);
  }
});
