import { assertEquals } from "@std/assert";
import { buildFamily } from "../../../../lib/service/family.ts";
import { formatBootTrace } from "../../../../lib/service/texts/boot_trace.ts";
import { test } from "../../../test.ts";

const FAMILY = buildFamily(
  ([["db.service", []], ["web.service", ["db.service"]], ["off.service", []]] as const)
    .map(([name, after]) => ({
      name,
      groups: [],
      before: [],
      after: after.map((each) => ({ name: each })),
    })),
);

interface Bar {
  readonly tid: number;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: unknown;
}

function bars(text: string): string[] {
  const { traceEvents } = JSON.parse(text);
  const rows = new Map<number, string>();
  for (const { name, tid, args } of traceEvents) {
    if (name === "thread_name") rows.set(tid, args.name);
  }
  return traceEvents.filter(({ ph }: { ph: string }) => ph === "X")
    .map(({ tid, name, ts, dur, args }: Bar) =>
      `${rows.get(tid)}: ${name} ${ts}+${dur} ${JSON.stringify(args ?? null)}`
    );
}

test("formatBootTrace() draws waiting and starting of each service, and the critical path", () => {
  const starts = new Map([
    ["db.service", { wantedMs: 1000, launchedMs: 1010.5, settledMs: 1500 }],
    ["web.service", { wantedMs: 1000, launchedMs: 1501, settledMs: 1600 }],
  ]);
  assertEquals(bars(formatBootTrace(starts, FAMILY, { beganMs: 1000, nowMs: 9000 })), [
    "critical path: db 10500+489500 null",
    "critical path: web 501000+99000 null",
    'db: waiting 0+10500 {"after":[]}',
    "db: start db 10500+489500 {}",
    'web: waiting 0+501000 {"after":["db"]}',
    "web: start web 501000+99000 {}",
  ]);
});

test("formatBootTrace() shows what is still on its way up to now", () => {
  const starts = new Map([
    ["db.service", { wantedMs: 1000, launchedMs: 1010 }],
    ["web.service", { wantedMs: 1000 }],
  ]);
  assertEquals(bars(formatBootTrace(starts, FAMILY, { beganMs: 1000, nowMs: 3000 })), [
    'db: waiting 0+10000 {"after":[]}',
    'db: start db 10000+1990000 {"state":"still starting"}',
    'web: waiting 0+2000000 {"after":["db"]}',
  ]);
});
