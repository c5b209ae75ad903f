/**
 * The numbers of a container as text: OpenMetrics 1.0 for those who ask for it, as Prometheus does,
 * and else the older text format of Prometheus. They differ in how counters are named, in two
 * types, and in the end mark, which to the older format is a comment.
 */
import type { Phase } from "../service/life/phase.ts";
import type { AlertReport, ContainerReport, CronReport, ServiceReport } from "./report.ts";

/** `text` is the older format of Prometheus. */
export type MetricsFormat = "openmetrics" | "text";

const CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  text: "text/plain; version=0.0.4; charset=utf-8",
};

/** Returns the media type of a format. */
export function metricsContentType(format: MetricsFormat): string {
  return CONTENT_TYPES[format];
}

/** Chooses the format for the value of an `Accept` field. */
export function chooseMetricsFormat(accept: string): MetricsFormat {
  return /application\/openmetrics-text(?!\s*;[^,]*q=0(?:\.0*)?(?:[\s,;]|$))/i.test(accept)
    ? "openmetrics"
    : "text";
}

/** The states of the state set; a phase that is missing here does not compile. */
const PHASES = Object.keys(
  {
    down: 0,
    waiting: 0,
    launching: 0,
    starting: 0,
    up: 0,
    armed: 0,
    done: 0,
    stopping: 0,
    finishing: 0,
    backoff: 0,
    failed: 0,
  } satisfies Record<Phase["kind"], 0>,
);

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

interface MetricFamily {
  /** Without `_total` and `_info`. */
  readonly name: string;
  readonly type: "gauge" | "counter" | "info" | "stateset";
  readonly labels: readonly string[];
  readonly help: string;
  samples(report: ContainerReport): readonly Sample[];
}

/** Formats all metrics. Families without a sample are left out. */
export function formatMetrics(report: ContainerReport, format: MetricsFormat): string {
  const lines: string[] = [];
  for (const family of FAMILIES) {
    const samples = family.samples(report);
    if (samples.length > 0) formatFamily(lines, family, samples, format);
  }
  lines.push("# EOF", "");
  return lines.join("\n");
}

function formatFamily(
  lines: string[],
  family: MetricFamily,
  samples: readonly Sample[],
  format: MetricsFormat,
): void {
  const sampleName = family.name + (SUFFIXES[family.type] ?? "");
  const isOpen = format === "openmetrics";
  const isGauge = !isOpen && (family.type === "info" || family.type === "stateset");
  const name = isOpen ? family.name : sampleName;
  lines.push(`# HELP ${name} ${family.help}`, `# TYPE ${name} ${isGauge ? "gauge" : family.type}`);
  for (const [labels, value] of samples) {
    lines.push(`${sampleName}${formatLabels(labels)} ${formatNumber(value)}`);
  }
}

const SUFFIXES: Partial<Record<MetricFamily["type"], string>> = {
  counter: "_total",
  info: "_info",
};

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

/** Microseconds are as fine as any of these is known. */
function formatNumber(value: number): string {
  return String(Math.round(value * 1e6) / 1e6);
}

function whole(
  type: MetricFamily["type"],
  name: string,
  help: string,
  value: (report: ContainerReport) => number | undefined,
): MetricFamily {
  const samples = (report: ContainerReport): Sample[] => {
    const number = value(report);
    return number === undefined ? [] : [[{}, number]];
  };
  return { name: `chaperone_${name}`, type, labels: [], help, samples };
}

function perService(
  type: MetricFamily["type"],
  name: string,
  help: string,
  value: (service: ServiceReport) => number | undefined,
): MetricFamily {
  const samples = (report: ContainerReport) =>
    report.services.flatMap((service): Sample[] => {
      const number = value(service);
      return number === undefined ? [] : [[{ service: service.name }, number]];
    });
  return { name: `chaperone_service_${name}`, type, labels: ["service"], help, samples };
}

function perCron(
  type: MetricFamily["type"],
  name: string,
  help: string,
  value: (cron: CronReport) => number | undefined,
): MetricFamily {
  const family = perService(type, name, help, ({ cron }) => cron && value(cron));
  return { ...family, name: `chaperone_cron_${name}` };
}

function perSink(
  type: MetricFamily["type"],
  name: string,
  help: string,
  value: (sink: ContainerReport["sinks"][number]) => number,
): MetricFamily {
  const samples = (report: ContainerReport) =>
    report.sinks.map((sink): Sample => [{ sink: sink.name }, value(sink)]);
  return { name: `chaperone_log_${name}`, type, labels: ["sink"], help, samples };
}

function perAlert(
  type: MetricFamily["type"],
  name: string,
  help: string,
  key: Exclude<keyof AlertReport, "name">,
): MetricFamily {
  const samples = (report: ContainerReport) =>
    report.alerts.map((alert): Sample => [{ alert: alert.name }, alert[key]]);
  return { name: `chaperone_alert_${name}`, type, labels: ["alert"], help, samples };
}

const CONTAINER_FAMILIES: readonly MetricFamily[] = [
  {
    name: "chaperone_build",
    type: "info",
    labels: ["version"],
    help: "The version of chaperone.",
    samples: ({ version }) => [[{ version }, 1]],
  },
  whole(
    "gauge",
    "start_time_seconds",
    "When chaperone started, in seconds since 1970.",
    (report) => report.startedWallMs / 1000,
  ),
  whole(
    "gauge",
    "uptime_seconds",
    "How long chaperone has been running.",
    (report) => report.uptimeMs / 1000,
  ),
  whole(
    "gauge",
    "ready",
    "Whether all services are ready, as /readyz says.",
    (report) => Number(report.readiness.ready),
  ),
  whole(
    "counter",
    "cpu_seconds",
    "Processor time used by chaperone itself.",
    (report) => report.own?.cpuSeconds,
  ),
  whole(
    "gauge",
    "resident_memory_bytes",
    "Resident memory of chaperone itself.",
    (report) => report.own?.memoryBytes,
  ),
];

const SERVICE_FAMILIES: readonly MetricFamily[] = [
  perService(
    "gauge",
    "enabled",
    "Whether the service is enabled.",
    (service) => Number(service.enabled),
  ),
  perService(
    "gauge",
    "up",
    "Whether the service is up: it runs, listens or is scheduled.",
    (service) => Number(service.phase === "up" || service.phase === "armed"),
  ),
  perService(
    "gauge",
    "ready",
    "Whether nothing keeps the service from being ready.",
    (service) => service.enabled ? Number(service.unready === undefined) : undefined,
  ),
  perService(
    "gauge",
    "healthy",
    "What the health probe says.",
    (service) => service.health === undefined ? undefined : Number(service.health === "healthy"),
  ),
  {
    name: "chaperone_service_state",
    type: "stateset",
    labels: ["service", "chaperone_service_state"],
    help: "The phase that the service is in.",
    samples: ({ services }) =>
      services.flatMap((service) =>
        PHASES.map((kind): Sample => [
          { service: service.name, chaperone_service_state: kind },
          Number(service.phase === kind),
        ])
      ),
  },
  perService(
    "gauge",
    "uptime_seconds",
    "How long the service has been up.",
    (service) => service.upMs === undefined ? undefined : service.upMs / 1000,
  ),
  perService(
    "counter",
    "restarts",
    "Restarts since chaperone started.",
    (service) => service.restarts,
  ),
  {
    name: "chaperone_service_exits",
    type: "counter",
    labels: ["service", "exit"],
    help: "Ends of the service's process by exit code or signal.",
    samples: ({ services }) =>
      services.flatMap((service) =>
        service.exits.map(({ exit, count }): Sample => [{ service: service.name, exit }, count])
      ),
  },
  perService(
    "gauge",
    "processes",
    "Living processes of the service.",
    ({ usage }) => usage?.processes,
  ),
  perService(
    "counter",
    "cpu_seconds",
    "Processor time used by the service.",
    ({ usage }) => usage?.cpuSeconds,
  ),
  perService(
    "gauge",
    "resident_memory_bytes",
    "Resident memory of the service.",
    ({ usage }) => usage?.memoryBytes,
  ),
];

const LOG_FAMILIES: readonly MetricFamily[] = [
  {
    name: "chaperone_service_log_lines",
    type: "counter",
    labels: ["service", "stream"],
    help: "Lines that the service has written.",
    samples: ({ services }) =>
      services.flatMap(({ name, lines }): Sample[] => [
        [{ service: name, stream: "stdout" }, lines.stdout],
        [{ service: name, stream: "stderr" }, lines.stderr],
      ]),
  },
  whole(
    "counter",
    "syslog_records",
    "Records received on /dev/log.",
    ({ records }) => records.received,
  ),
  whole(
    "counter",
    "syslog_malformed_records",
    "Those of them that could not be parsed.",
    (report) => report.records.malformed,
  ),
  whole(
    "counter",
    "log_suppressed_records",
    "Records kept back by rate limits.",
    ({ records }) => records.suppressed,
  ),
  perSink(
    "counter",
    "dropped_records",
    "Records a destination had no room for.",
    (sink) => sink.dropped,
  ),
  perSink(
    "gauge",
    "sink_failing",
    "Whether a destination fails at present.",
    (sink) => Number(sink.failing),
  ),
];

const CRON_FAMILIES: readonly MetricFamily[] = [
  perCron("counter", "runs", "Runs that were started.", ({ history }) => history.started),
  perCron("counter", "failed_runs", "Runs that failed.", ({ history }) => history.failed),
  perCron(
    "counter",
    "missed_runs",
    "Due moments that passed without a run.",
    ({ history }) => history.missed,
  ),
  perCron(
    "counter",
    "skipped_runs",
    "Due moments given up since a run still lasted.",
    (cron) => cron.history.skipped,
  ),
  perCron(
    "counter",
    "caught_up_runs",
    "Runs that were due while the container was down.",
    (cron) => cron.history.caughtUp,
  ),
  perCron("gauge", "running", "How many runs are under way.", ({ running }) => running),
  perCron("gauge", "last_duration_seconds", "How long the last complete run took.", (cron) => {
    const ms = cron.history.runs.findLast((run) => run.durationMs !== undefined)?.durationMs;
    return ms === undefined ? undefined : ms / 1000;
  }),
  perCron("gauge", "last_start_time_seconds", "When the last run started.", ({ history }) => {
    const ms = history.runs.at(-1)?.startWallMs;
    return ms === undefined ? undefined : ms / 1000;
  }),
  perCron(
    "gauge",
    "next_start_time_seconds",
    "When the next run is due.",
    ({ nextWallMs }) => nextWallMs === undefined ? undefined : nextWallMs / 1000,
  ),
];

const ALERT_FAMILIES: readonly MetricFamily[] = [
  perAlert("counter", "sent_messages", "Messages that were delivered.", "sent"),
  perAlert("counter", "failed_attempts", "Attempts to deliver that failed.", "failed"),
  perAlert("counter", "dropped_messages", "Messages that were given up.", "dropped"),
  perAlert("counter", "suppressed_events", "Events that were told lately.", "suppressed"),
  perAlert("gauge", "waiting_messages", "Messages that wait to be sent.", "waiting"),
];

const FAMILIES: readonly MetricFamily[] = [
  ...CONTAINER_FAMILIES,
  ...SERVICE_FAMILIES,
  ...LOG_FAMILIES,
  ...CRON_FAMILIES,
  ...ALERT_FAMILIES,
];

/** A metric for the manual: its name as it is scraped. */
export type ListedMetric = Pick<MetricFamily, "name" | "type" | "labels" | "help">;

/** Lists all metrics, in the order in which they are formatted. */
export function listMetrics(): ListedMetric[] {
  return FAMILIES.map(({ name, type, labels, help }) => ({
    name: name + (SUFFIXES[type] ?? ""),
    type,
    labels,
    help,
  }));
}
