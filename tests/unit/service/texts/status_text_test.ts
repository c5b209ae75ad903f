import { assertEquals } from "@std/assert";
import { formatStatusText } from "../../../../lib/service/texts/status_text.ts";
import { test } from "../../../test.ts";

const NONE = { started: 0, scheduled: 0, failed: 0, errors: 0 };

test("formatStatusText counts what there is, in singular and plural", () => {
  assertEquals(formatStatusText(0, NONE), "Uptime 00:00:00; No services started");
  assertEquals(
    formatStatusText(999, { ...NONE, started: 1 }),
    "Uptime 00:00:00; 1 service started",
  );
  assertEquals(
    formatStatusText(1500, { started: 3, scheduled: 1, failed: 1, errors: 1 }),
    "Uptime 00:00:01; 3 services started; 1 scheduled; 1 failed; 1 total errors",
  );
});

test("formatStatusText goes on counting hours after a day", () => {
  const uptimeMs = ((100 * 60 + 2) * 60 + 3) * 1000;
  assertEquals(formatStatusText(uptimeMs, NONE), "Uptime 100:02:03; No services started");
});
