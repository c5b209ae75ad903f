import { assertEquals } from "@std/assert";
import { formatHead, formatRun, parseRuns } from "../../../../lib/daemon/triggers/run_file.ts";
import type { RunRecord } from "../../../../lib/service/schedule/run_history.ts";
import { test } from "../../../test.ts";

const begun = (serial: number): RunRecord => ({ serial, startWallMs: serial * 1000 });
const ended = (serial: number): RunRecord => ({
  ...begun(serial),
  endWallMs: serial * 1000 + 500,
  durationMs: 500,
  exit: { kind: "exited", code: 0 },
  normal: true,
});

test("a run is read as it ended, or as it began; what is torn or no run is passed over", () => {
  const text = [
    formatRun("a.service", begun(1)),
    formatRun("b.service", begun(2)),
    formatRun("a.service", ended(1)),
    "null\n7\n{}\n",
    '{"s":"a.service","r":{"serial":3}}\n',
    '{"s":"a.service","r":{"serial":3,"startWallMs":1,"exit":null}}\n',
    '{"s":"a.service","r":{"serial":3,"startWallMs":1,"exit":{"kind":"gone"}}}\n',
    '{"s":"a.service","r":{"seri',
  ].join("");
  assertEquals([...parseRuns(text)], [["a.service", [ended(1)]], ["b.service", [begun(2)]]]);
  for (let length = 0; length < text.length; length += 7) parseRuns(text.slice(0, length));
});

test("runs of two lives with the same serial number are two", () => {
  const other = { ...begun(1), startWallMs: 99 };
  const text = formatRun("a.service", other) + formatRun("a.service", ended(1));
  assertEquals(parseRuns(text).get("a.service"), [other, ended(1)]);
});

test("the last twenty of each are kept; a new file begins with a bounded number of lines", () => {
  const runs = Array.from({ length: 30 }, (_, at) => ended(at));
  const text = runs.map((run) => formatRun("a.service", run)).join("");
  assertEquals(parseRuns(text).get("a.service"), runs.slice(-20));
  assertEquals(formatHead([["a.service", runs]]).length, 30);
  const many = Array.from({ length: 100 }, (_, at) => [`${at}.service`, runs] as const);
  assertEquals(formatHead(many).length, 500);
  const crowd = Array.from({ length: 1000 }, (_, at) => [`${at}.service`, runs] as const);
  assertEquals(formatHead(crowd).length, 500);
  assertEquals(formatHead([]), []);
});
