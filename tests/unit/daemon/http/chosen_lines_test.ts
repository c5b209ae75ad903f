/** Which lines a page shows. */
import { assert, assertEquals } from "@std/assert";
import { chosenLines } from "../../../../lib/daemon/http/chosen_lines.ts";
import { NO_FILTER, readLogFilter, renderLogFilter } from "../../../../lib/page/log_filter.ts";
import type { LogLine } from "../../../../lib/page/report.ts";
import { test } from "../../../test.ts";

const LINES: readonly LogLine[] = [
  { service: "a.service", wallMs: 1, stream: "stdout", text: "listening" },
  { service: "a.service", wallMs: 2, stream: "stderr", text: "slow" },
  { service: "b.service", wallMs: 3, stream: "stdout", text: "ERROR no disk" },
  { service: "b.service", wallMs: 4, stream: "chaperone", text: "stopped" },
  { service: "b.service", wallMs: 5, stream: "stdout", text: '{"level":"debug","msg":"Slow"}' },
];

function chosen(query: string, count = 9): string[] {
  return chosenLines(LINES, readLogFilter(query), count).map(({ text }) => text);
}

test("lines are chosen by a text and by the level that they state, or that of their stream", () => {
  assertEquals(chosen(""), LINES.map(({ text }) => text));
  assertEquals(chosen("level=info"), ["listening", "slow", "ERROR no disk", "stopped"]);
  assertEquals(chosen("level=warn"), ["slow", "ERROR no disk"]);
  assertEquals(chosen("level=err"), ["ERROR no disk"]);
  assertEquals(chosen("search=SLOW"), ["slow", LINES[4]?.text]);
  assertEquals(chosen("search=slow&level=warn"), ["slow"]);
  assertEquals(chosen("", 2), ["stopped", LINES[4]?.text]);
});

test("an address may hold anything", () => {
  assertEquals(readLogFilter("level=loud&search"), NO_FILTER);
  assertEquals(readLogFilter(`search=${"x".repeat(500)}`).search.length, 200);
  const form = renderLogFilter(readLogFilter('search="><script>&level=err'));
  assert(form.includes('value="&quot;&gt;&lt;script&gt;"'), form);
  assert(form.includes('<option value="err" selected>'), form);
});
