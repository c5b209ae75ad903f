/** What the documents show of lines and stories is what the code makes of the same events. */
import { assertEquals } from "@std/assert";
import { VERSION } from "../../../lib/base/version.ts";
import { JsonFormat } from "../../../lib/log/json_format.ts";
import { TextFormat } from "../../../lib/log/line_format.ts";
import { Rfc5424Format } from "../../../lib/log/rfc5424_format.ts";
import { LogClock } from "../../../lib/log/timestamp.ts";
import { lifeOf } from "../../../lib/service/flight/flight_life.ts";
import { tellLife } from "../../../lib/service/flight/flight_story.ts";
import type { FlightEvent } from "../../../lib/service/flight/flight_record.ts";
import { sectionsOf, shownIn } from "../../e2e/harness/shown.ts";
import { test } from "../../test.ts";
import { formatLine, formatRecord } from "../log/format_case.ts";
import { state } from "../service/flight/flights.ts";
import { readProjectFile } from "./documents.ts";

const MIB = 1024 * 1024;
const OPTIONS = { hostname: "box", extended: false, remote: false };
const ITEMS = "GET /items 200";
const WELCOME = '<165>1 2026-07-03T09:00:00.003Z box app 12 LOGIN [auth@1 user="ann"] welcome';

/** A clock that stands still at a moment of the local zone, in microseconds. */
function clockAt(text: string, micros: number): LogClock {
  return new LogClock(() => new Date(text).getTime() + micros / 1000);
}

function sourceOf(program: string, pid: number, priority: number) {
  return { priority, program, pid, service: program, stream: "stdout" } as const;
}

/** The zone of the machine is not that of the documents. */
function withoutZone(line: string): string {
  return line.trimEnd().replace(/T\d\d(:\d\d:\d\d\.\d+)[+-]\d\d:\d\d/, "T__$1");
}

/** The lines of the blocks that no language marks. */
function linesShown(path: string, heading: string): string[] {
  const section = sectionsOf(path).get(heading) ?? "";
  const blocks = section.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  return [...blocks].flatMap(([, language, text = ""]) =>
    language === "" ? text.trimEnd().split("\n") : []
  );
}

test("docs/logging.md shows each format as it is", () => {
  const at = clockAt("2026-11-23T16:34:28", 441_113);
  const later = clockAt("2026-11-23T16:34:28", 513_020);
  const web = sourceOf("web", 7, 30);
  const written = [
    formatLine(new TextFormat(OPTIONS, at), web, ITEMS),
    formatLine(new TextFormat({ ...OPTIONS, extended: true }, at), web, ITEMS),
    formatLine(new JsonFormat(OPTIONS, at), web, ITEMS),
    formatLine(
      new JsonFormat(OPTIONS, later),
      sourceOf("api", 9, 27),
      '{"level":50,"msg":"no answer"}',
    ),
    formatRecord(new JsonFormat(OPTIONS, at), WELCOME),
    formatRecord(new Rfc5424Format(OPTIONS, at), WELCOME),
  ];
  assertEquals(
    linesShown("docs/logging.md", "Formats").map(withoutZone),
    written.map(withoutZone),
  );
});

test("docs/guide.md shows a last line as it is", () => {
  const shown = linesShown("docs/guide.md", "A first container");
  const line = formatLine(
    new TextFormat({ ...OPTIONS, hostname: "f390b95750f6" }, clockAt("2026-11-23T20:05:46", 0)),
    { priority: 174, program: "chaperone", pid: 1 },
    "exit 0: SIGTERM was received",
  );
  assertEquals(shown, [line.trimEnd()]);
});

const BEGAN_MS = Date.parse("2026-11-29T08:01:12.602Z");

/** The life of docs/post-mortem.md, by milliseconds after its beginning. */
const LIFE: readonly (readonly [afterMs: number, event: FlightEvent])[] = [
  [0, {
    ...{ kind: "begin", format: 1, version: VERSION, host: "shop", config: "651bbde14328" },
    ...{ services: 2, beganWallMs: BEGAN_MS },
  }],
  [582, state("db", "up", "pid 5")],
  [581, { kind: "ready" }],
  [138_518, {
    ...{ kind: "exit", service: "web.service", normal: false, pid: 12, ranMs: 138_000 },
    status: { kind: "signaled", signal: 9, coreDumped: false, outOfMemory: true },
    ...{ peakBytes: 212.4 * MIB, usedBytes: 498 * MIB, limitBytes: 512 * MIB },
    lines: ["GET /report 200"],
  }],
  [138_519, state("web", "backoff", "restart in 1 s")],
  [140_028, state("web", "up", "pid 31")],
  [147_671, { kind: "output", service: "web.service", lines: [] }],
];

test("docs/post-mortem.md tells a life as the command does", () => {
  const records = LIFE.map(([afterMs, event]) => ({
    ...event,
    atMs: BEGAN_MS + afterMs,
    life: "one",
  }));
  const [shown] = shownIn(readProjectFile("docs/post-mortem.md"));
  assertEquals(shown?.lines, tellLife(lifeOf("one", records)));
});
