import { assert, assertEquals, assertMatch } from "@std/assert";
import { chooseMetricsFormat, formatMetrics } from "../../../lib/page/metrics.ts";
import { test } from "../../test.ts";
import { sampleReport, sampleService } from "./sample_report.ts";

/** A line of either format: a comment, or a sample. */
const LINE =
  /^(?:# (?:HELP|TYPE) [a-z_]+ .+|# EOF|[a-z_]+(?:\{[a-z_]+="(?:[^"\\\n]|\\.)*"(?:,[a-z_]+="(?:[^"\\\n]|\\.)*")*\})? -?\d+(?:\.\d+)?)$/;

function lines(format: "openmetrics" | "text"): string[] {
  const text = formatMetrics(sampleReport(), format);
  assert(text.endsWith("# EOF\n"));
  return text.slice(0, -1).split("\n");
}

test("formatMetrics writes nothing but comments and samples", () => {
  for (const format of ["openmetrics", "text"] as const) {
    for (const line of lines(format)) assertMatch(line, LINE);
  }
});

test("formatMetrics keeps the samples of a family together, under their own name", () => {
  for (const format of ["openmetrics", "text"] as const) {
    const seen = new Set<string>();
    let family = "";
    for (const line of lines(format).filter((each) => each !== "# EOF")) {
      const name = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1];
      if (line.startsWith("# HELP")) {
        assert(!seen.has(name ?? ""), line);
        seen.add(name ?? "");
        family = name ?? "";
      }
      const suffix = format === "openmetrics" ? "(?:_total|_info)?" : "";
      assertMatch(name ?? /^[a-z_]+/.exec(line)?.[0] ?? "", new RegExp(`^${family}${suffix}$`));
    }
  }
});

test("formatMetrics names counters as each format wants it", () => {
  assert(lines("openmetrics").includes("# TYPE chaperone_service_restarts counter"));
  assert(lines("openmetrics").includes("# TYPE chaperone_service_state stateset"));
  assert(lines("text").includes("# TYPE chaperone_service_restarts_total counter"));
  assert(lines("text").includes("# TYPE chaperone_service_state gauge"));
  for (const format of ["openmetrics", "text"] as const) {
    assert(lines(format).includes('chaperone_service_restarts_total{service="api.service"} 2'));
    assert(lines(format).includes('chaperone_build_info{version="0.4.0"} 1'));
  }
});

test("formatMetrics counts states, exits, drops and runs", () => {
  const all = lines("openmetrics");
  for (
    const expected of [
      "chaperone_ready 0",
      'chaperone_service_up{service="db.service"} 1',
      'chaperone_service_up{service="worker.service"} 0',
      'chaperone_service_state{service="worker.service",chaperone_service_state="backoff"} 1',
      'chaperone_service_exits_total{service="api.service",exit="SIGKILL"} 1',
      'chaperone_service_log_lines_total{service="db.service",stream="stderr"} 3',
      "chaperone_log_dropped_records_total{sink=\"log host 'logs:514'\"} 12",
      'chaperone_cron_runs_total{service="rotate-logs.service"} 14',
      'chaperone_cron_last_duration_seconds{service="rotate-logs.service"} 95',
    ]
  ) assert(all.includes(expected), expected);
});

test("formatMetrics escapes what a name may hold", () => {
  const service = sampleService('a"b\\c\nd');
  const text = formatMetrics(sampleReport({ services: [service] }), "openmetrics");
  assert(text.includes('chaperone_service_enabled{service="a\\"b\\\\c\\nd.service"} 1\n'));
});

test("chooseMetricsFormat gives OpenMetrics to those who ask for it", () => {
  const prometheus = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;" +
    "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
  assertEquals(chooseMetricsFormat(prometheus), "openmetrics");
  assertEquals(chooseMetricsFormat("application/openmetrics-text"), "openmetrics");
  assertEquals(chooseMetricsFormat("application/openmetrics-text; q=0"), "text");
  assertEquals(chooseMetricsFormat("*/*"), "text");
  assertEquals(chooseMetricsFormat(""), "text");
});
