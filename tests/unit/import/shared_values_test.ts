import { assertEquals } from "@std/assert";
import { signalText, umaskText, wholeNumber } from "../../../lib/import/shared_values.ts";
import { test } from "../../test.ts";

test("signalText takes what kill_signal takes", () => {
  const cases: [text: string, signal: string | undefined][] = [
    ["TERM", "SIGTERM"],
    ["sigquit", "SIGQUIT"],
    ["RTMIN+3", "SIGRTMIN+3"],
    ["15", "15"],
    ["32", "32"],
    ["0", undefined],
    ["65", undefined],
    ["HALT", undefined],
    ["", undefined],
  ];
  for (const [text, signal] of cases) assertEquals(signalText(text), signal, text);
});

test("umaskText begins with one 0", () => {
  const cases: [text: string, umask: string | undefined][] = [
    ["22", "022"],
    ["0022", "022"],
    ["0", "0"],
    ["8", undefined],
    ["rw", undefined],
  ];
  for (const [text, umask] of cases) assertEquals(umaskText(text), umask, text);
});

test("wholeNumber takes digits alone", () => {
  for (const text of ["-1", "1.5", "1e3", "", " 1"]) {
    assertEquals(wholeNumber(text), undefined, text);
  }
  assertEquals([wholeNumber("0"), wholeNumber("0042")], [0, 42]);
});
