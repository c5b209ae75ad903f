import { assertEquals } from "@std/assert";
import { CRON_FIELDS, SERVICE_FIELDS, STATUS_FIELDS } from "../../../lib/manual/json_fields.ts";
import { formatStatusJson } from "../../../lib/page/status_json.ts";
import { test } from "../../test.ts";
import { sampleReport } from "../page/sample_report.ts";

test("the JSON of /status has no field that the manual has not, and of its types", () => {
  const status = JSON.parse(formatStatusJson(sampleReport()));
  const wrong: string[] = [];
  const look = (
    value: Record<string, unknown>,
    fields: typeof SERVICE_FIELDS | typeof STATUS_FIELDS | typeof CRON_FIELDS,
  ) => {
    for (const [name, each] of Object.entries(value)) {
      const field = (fields as Record<string, { type: string }>)[name];
      if (field === undefined || field.type !== typeOf(each)) {
        wrong.push(`${name}: ${typeOf(each)}`);
      }
    }
  };
  look(status, STATUS_FIELDS);
  for (const service of status.services) {
    look(service, SERVICE_FIELDS);
    if (service.cron !== undefined) look(service.cron, CRON_FIELDS);
  }
  assertEquals(wrong, []);
});

/** The words of the manual for what JSON has. */
function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  if (typeof value !== "string") return typeof value;
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? "date" : "text";
}
