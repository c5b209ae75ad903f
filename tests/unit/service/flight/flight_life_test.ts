/** What is known of a life by its records: what services had written, and why it broke off. */
import { assertEquals, assertMatch } from "@std/assert";
import type { FlightEvent } from "../../../../lib/service/flight/flight_record.ts";
import { guessBreakOff, lifeOf, outputOf } from "../../../../lib/service/flight/flight_life.ts";
import { test } from "../../../test.ts";
import { begin, exit, flight } from "./flights.ts";

function life(...events: (readonly [afterMs: number, event: FlightEvent])[]) {
  return lifeOf("one", flight("one", [[0, begin()], ...events]));
}

function exitUsing(usedBytes: number, limitBytes: number): FlightEvent {
  return { ...exit("db", 1), usedBytes, limitBytes } as FlightEvent;
}

test("outputOf has the lines of what failed, with its process and time, and no others", () => {
  const { fromMs, ...rest } = life([5, exit("db", 1, ["no space", "left"])], [9, exit("web", 0)]);
  const found = outputOf({ fromMs, ...rest });
  assertEquals(
    found.map(({ service, wallMs, pid, text }) => [service, wallMs - fromMs, pid, text]),
    [["db.service", 5, 7, "no space"], ["db.service", 5, 7, "left"]],
  );
});

test("an end that had begun was given too little time, to a tenth of a second", () => {
  const reason = "SIGTERM was received";
  const ending: FlightEvent = { kind: "ending", reason, exitCode: 0 };
  assertMatch(guessBreakOff(life([1000, ending], [3500, exit("db", 0)])), /after 2\.5 s:/);
  assertMatch(guessBreakOff(life([1000, ending])), /after 0\.0 s:/);
});

test("memory that was nearly used up at the last exit that tells of it may have been the cause", () => {
  const speaks = (...events: FlightEvent[]) =>
    /memory of the container was nearly used up/.test(
      guessBreakOff(life(...events.map((event, at) => [at, event] as const))),
    );
  assertEquals(speaks(exitUsing(90, 100)), true);
  assertEquals(speaks(exitUsing(89, 100)), false);
  assertEquals(speaks(exitUsing(99, 100), exitUsing(10, 100)), false);
  assertEquals(speaks(exit("db", 1)), false);
});
