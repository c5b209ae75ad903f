import { assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import {
  isOfOneProcess,
  type OrderWord,
  sendsSignal,
  signalOrder,
} from "../../../lib/service/service_order.ts";

test("an order to send a signal has the name that people write", () => {
  assertEquals([1, 10, 36, 33].map(signalOrder), [
    "signal HUP",
    "signal USR1",
    "signal RTMIN+2",
    "signal 33",
  ]);
});

test("which orders are about one process, and which may end it by a signal", () => {
  const cases: [order: OrderWord, ofOneProcess: boolean, sendsSignal: boolean][] = [
    ["start", false, false],
    ["stop", true, true],
    ["restart", false, true],
    ["reset", false, true],
    ["reload", false, false],
    ["run", false, false],
    ["launch", false, false],
    ["signal HUP", true, true],
  ];
  for (const [order, ofOneProcess, sends] of cases) {
    assertEquals(isOfOneProcess(order), ofOneProcess, order);
    assertEquals(sendsSignal(order), sends, order);
  }
});
