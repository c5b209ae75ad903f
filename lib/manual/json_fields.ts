/** What the fields of the JSON of `/status` hold, for the manual. One without a row does not compile. */
import type { CronValue, ServiceValue, StatusValue, UsageValue } from "../page/status_json.ts";

/** A field for the manual. */
export interface Field {
  readonly type: string;
  readonly meaning: string;
}

/** Of the container. */
export const STATUS_FIELDS: Readonly<Record<keyof StatusValue, Field>> = {
  version: { type: "text", meaning: "the version of chaperone" },
  hostname: { type: "text", meaning: "the name of the container's host" },
  phase: {
    type: "text",
    meaning: "`booting`, `running`, `draining`, `stopping`, `killing` or `gone`",
  },
  ready: { type: "boolean", meaning: "what `/readyz` says" },
  why: { type: "text", meaning: "why the container as a whole is not ready; absent where it is" },
  notReady: { type: "list", meaning: "services that are not ready: `service`, `why`" },
  time: { type: "date", meaning: "when this was written" },
  started: { type: "date", meaning: "when chaperone started" },
  uptimeSecs: { type: "number", meaning: "how long that is ago" },
  services: { type: "list", meaning: "all services, in the order of the configuration" },
  log: {
    type: "object",
    meaning: "records from `/dev/log`: `received`, `malformed`, `suppressed`; `sinks`: each " +
      "destination with `name`, `dropped`, `failing`",
  },
  own: {
    type: "object",
    meaning: "what chaperone itself uses: `processes`, `cpuSecs`, `memoryBytes`",
  },
};

/** Of each of `services`. */
export const SERVICE_FIELDS: Readonly<Record<keyof ServiceValue | keyof UsageValue, Field>> = {
  name: { type: "text", meaning: "with the suffix `.service`, or `CONSOLE`" },
  type: { type: "text", meaning: "the directive `type`" },
  enabled: { type: "boolean", meaning: "whether it is enabled now" },
  phase: { type: "text", meaning: "the column on the right of [states](#states)" },
  state: { type: "text", meaning: "the word of `telchap status`, see [states](#states)" },
  status: { type: "text", meaning: "the word of `telchap status --classic`" },
  ready: { type: "boolean", meaning: "whether nothing keeps it from being ready" },
  why: { type: "text", meaning: "why it is not ready; absent where it is, or is disabled" },
  health: { type: "text", meaning: "`healthy`, `unhealthy`; absent without `health`" },
  note: { type: "text", meaning: "what it says of itself (`STATUS=`), or why it failed" },
  pid: { type: "number", meaning: "its main process; absent where there is none" },
  uptimeSecs: { type: "number", meaning: "how long it has been up; absent where it is not" },
  restarts: { type: "number", meaning: "restarts since chaperone started" },
  lastExit: { type: "text", meaning: "how its last process ended" },
  exits: { type: "object", meaning: "how often it has ended by each code or signal" },
  processes: { type: "number", meaning: "its living processes" },
  cpuSecs: { type: "number", meaning: "processor time of all its processes" },
  memoryBytes: { type: "number", meaning: "resident memory; shared pages count for each process" },
  logLines: { type: "object", meaning: "lines that it has written: `stdout`, `stderr`" },
  prerequisites: { type: "list", meaning: "what it is `after`: `name`, `condition`" },
  waitsFor: { type: "list", meaning: "those of them that it waits for now" },
  cron: { type: "object", meaning: "its schedule; absent where it has none" },
};

/** Of a service's `cron`. */
export const CRON_FIELDS: Readonly<Record<keyof CronValue, Field>> = {
  interval: { type: "text", meaning: "the directive `interval`" },
  next: { type: "date", meaning: "when it is due next; absent where it never is" },
  running: { type: "boolean", meaning: "whether a job runs" },
  started: { type: "number", meaning: "jobs that were started" },
  failed: { type: "number", meaning: "jobs that failed" },
  asked: { type: "number", meaning: "jobs that somebody asked for, by `telchap run`" },
  caughtUp: { type: "number", meaning: "jobs that were made up for, after an earlier life" },
  missed: { type: "number", meaning: "times that passed without a job" },
  skipped: { type: "number", meaning: "times that were left out since a job still ran" },
  runs: {
    type: "list",
    meaning: "the last jobs: `serial`, `started`, `durationSecs`, `normal`, `cause`",
  },
};
