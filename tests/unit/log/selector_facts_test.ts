import { assertEquals, assertThrows } from "@std/assert";
import { selectsNothing, takesOutput } from "../../../lib/log/selector_facts.ts";
import { test } from "../../test.ts";

const NOTHING: readonly (readonly [selector: string, nothing: boolean])[] = [
  ["*.*", false],
  ["", false],
  ["local7.debug", false],
  ["kern.=emerg", false],
  ["local7.=debug", false],
  ["[cron].*", false],
  ["/text/.err", false],
  ["*.!*", true],
  ["*.*;*.!debug", true],
  ["mail.*;mail.!*", true],
  ["not a selector", false],
  ["*.loud", false],
];

for (const [selector, nothing] of NOTHING) {
  test(`selectsNothing() is ${nothing} of '${selector}'`, () => {
    assertEquals(selectsNothing(selector), nothing);
  });
}

// Services print daemon.info on stdout and daemon.warn on stderr.
const OUTPUT: readonly (readonly [selector: string, stdout: boolean, stderr: boolean])[] = [
  ["*.*", true, true],
  ["*.info", true, true],
  ["*.notice", false, true],
  ["*.warn", false, true],
  ["*.err", false, false],
  ["daemon.=info", true, false],
  ["daemon.=warn", false, true],
  ["user,mail.*", false, false],
  ["*.*;daemon.!*", false, false],
  ["[web].*", true, true],
  ["[db].*", false, false],
  ["*.*;![web].*", false, false],
  ["/text/.*", true, true],
  ["not a selector", true, true],
];

for (const [selector, stdout, stderr] of OUTPUT) {
  test(`takesOutput() of '${selector}': stdout ${stdout}, stderr ${stderr}`, () => {
    assertEquals(takesOutput(selector, "web", "stdout"), stdout);
    assertEquals(takesOutput(selector, "web", "stderr"), stderr);
  });
}

test("an error that is none of the selector's is passed on", () => {
  const notText = {
    trim: () => {
      throw new TypeError("not a text");
    },
  } as unknown as string;
  assertThrows(() => selectsNothing(notText), TypeError);
});
