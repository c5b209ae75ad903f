import { assertEquals } from "@std/assert";
import {
  formatDuration,
  formatStatusReport,
  formatStatusTable,
  type StatusRow,
} from "../../../../lib/service/texts/status_table.ts";
import { test } from "../../../test.ts";

const ROWS: StatusRow[] = [
  { pid: undefined, name: "web.service", enabled: false, status: "disabled", note: undefined },
  { pid: 1234, name: "CONSOLE", enabled: true, status: "running", note: "" },
  { pid: 7, name: "job.service", enabled: true, status: "exit(3)+r#3", note: "hourly (0 * * * *)" },
];

test("formatStatusReport gives head and table exactly as 0.3.9", () => {
  assertEquals(formatStatusReport(ROWS, { version: "1.2.3", uptimeMs: 4123.456 }), [
    "",
    "Running:           chaperone version 1.2.3",
    "Uptime:            0:00:04.123456",
    "Managed processes: 3 (2 enabled)",
    "",
    "Services:",
    "",
    "pid   name         enabled  status       note              ",
    "----  -----------  -------  -----------  ------------------",
    "1234  CONSOLE      true     running      -                 ",
    "7     job.service  true     exit(3)+r#3  hourly (0 * * * *)",
    "-     web.service  false    disabled     -                 ",
    "",
  ]);
});

test("the fourth word of a row is its status", () => {
  const line = formatStatusTable(ROWS).find((row) => row.includes("CONSOLE"));
  assertEquals(line?.split(/ +/)[3], "running");
});

test("formatStatusTable without rows is the header", () => {
  assertEquals(formatStatusTable([]), [
    "pid  name  enabled  status  note",
    "---  ----  -------  ------  ----",
  ]);
});

test("a note of a service cannot break the table", () => {
  const [, , row] = formatStatusTable([{ ...ROWS[0] as StatusRow, note: "a\n\x1b[2Jb" }]);
  assertEquals(row, "-    web.service  false    disabled  a [2Jb");
});

test("formatDuration shows what a Python timedelta shows", () => {
  assertEquals(formatDuration(0), "0:00:00");
  assertEquals(formatDuration(4000), "0:00:04");
  assertEquals(formatDuration(0.5), "0:00:00.000500");
  assertEquals(formatDuration(59_999.9994), "0:00:59.999999");
  assertEquals(formatDuration(59_999.9996), "0:01:00");
  assertEquals(formatDuration(3_599_000), "0:59:59");
  assertEquals(formatDuration(3_600_000), "1:00:00");
  assertEquals(formatDuration(86_399_000), "23:59:59");
  assertEquals(formatDuration(86_400_000), "1 day, 0:00:00");
  assertEquals(formatDuration(2 * 86_400_000 + 11_045_000), "2 days, 3:04:05");
});
