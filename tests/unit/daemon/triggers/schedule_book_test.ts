import { assertEquals } from "@std/assert";
import { ScheduleBook, scheduleKey } from "../../../../lib/daemon/triggers/schedule_book.ts";
import { test } from "../../../test.ts";

const POLICY = { interval: "0 3 * * *", overlap: "skip", jitterMs: 0 } as const;

test("a book is read as it was written; what is torn or of another interval is not known", async () => {
  const lines: string[] = [];
  const journal = {
    append: (line: string) => void lines.push(line),
    written: () => Promise.resolve(),
  };
  const book = new ScheduleBook("");
  book.use(journal);
  await book.note("a.service", POLICY, 100);
  await book.note("a.service", POLICY, 200);
  await book.note("b.service", { ...POLICY, timezone: "Europe/Vienna" }, 300);
  const again = new ScheduleBook(`${lines.join("")}\n{"s":"b.service","i`);
  assertEquals(again.lastWallMs("a.service", POLICY), 200);
  assertEquals(again.lastWallMs("b.service", POLICY), undefined);
  assertEquals(again.lines().length, 2);
  assertEquals(new ScheduleBook(again.lines().join("")).lastWallMs("a.service", POLICY), 200);
  assertEquals(scheduleKey(POLICY) === scheduleKey({ ...POLICY, days: "crontab" }), false);
});
