import { assertEquals, assertMatch } from "@std/assert";
import { MayNotAsk, NobodyAnswers } from "../../../lib/apps/ask.ts";
import { describeAskFailure } from "../../../lib/apps/ask_failure.ts";
import { UsageError } from "../../../lib/base/errors.ts";
import { test } from "../../test.ts";

test("describeAskFailure has a status for each failure, and knows no other", () => {
  const codeOf = (error: unknown) => describeAskFailure(error)?.exitCode;
  assertEquals(codeOf(new UsageError("not a time: 'x'")), 2);
  assertEquals(codeOf(new NobodyAnswers("No such file")), 3);
  assertEquals(codeOf(new MayNotAsk("Permission denied")), 4);
  assertEquals(codeOf(new TypeError("a mistake")), undefined);
});

test("describeAskFailure says what the system said, and what to do", () => {
  const linesOf = (error: unknown) => describeAskFailure(error)?.lines.join(" ") ?? "";
  assertMatch(linesOf(new NobodyAnswers("No such file")), /is it running\? \(Error is: No such/);
  assertMatch(linesOf(new MayNotAsk("Permission denied")), /control_mode.*\(Error is: Permission/);
});
