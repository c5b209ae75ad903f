/** A container in the middle of its life, for tests of what is shown of it. */
import type { ContainerReport, LogLine, ServiceReport } from "../../../lib/page/report.ts";
import type { RunRecord } from "../../../lib/service/schedule/run_history.ts";

/** 2026-03-01 12:00:00 UTC. */
export const NOON_MS = Date.UTC(2026, 2, 1, 12);

const MIB = 1024 * 1024;

/** Returns a service that is up; what is given wins. */
export function sampleService(
  name: string,
  changes: Partial<ServiceReport> = {},
): ServiceReport {
  return {
    name: `${name}.service`,
    type: "simple",
    enabled: true,
    phase: "up",
    state: "running",
    status: "running",
    pid: 20,
    upMs: 3_723_000,
    restarts: 0,
    exits: [],
    usage: { processes: 1, cpuSeconds: 12.5, memoryBytes: 24 * MIB },
    lines: { stdout: 120, stderr: 3 },
    prerequisites: [],
    waitsFor: [],
    ...changes,
  };
}

/** Returns a service that has no process. */
export function idleService(name: string, changes: Partial<ServiceReport>): ServiceReport {
  const { pid: _pid, upMs: _upMs, usage: _usage, ...rest } = sampleService(name);
  return { ...rest, lines: { stdout: 0, stderr: 0 }, ...changes };
}

function sampleRuns(): RunRecord[] {
  const exit = { kind: "exited", code: 0 } as const;
  return Array.from({ length: 12 }, (_, at): RunRecord => {
    const startWallMs = NOON_MS - (12 - at) * 300_000 + 60_000;
    const durationMs = 40_000 + at * 5000;
    const normal = at !== 7;
    const endWallMs = startWallMs + durationMs;
    return { serial: at + 1, startWallMs, endWallMs, durationMs, exit, normal };
  });
}

const CRON = idleService("rotate-logs", {
  type: "cron",
  phase: "armed",
  state: "scheduled",
  status: "waiting",
  upMs: 3_723_000,
  cron: {
    interval: "*/5 * * * *",
    nextWallMs: NOON_MS + 60_000,
    running: 0,
    history: {
      runs: sampleRuns(),
      started: 14,
      asked: 0,
      failed: 1,
      caughtUp: 0,
      missed: 0,
      skipped: 2,
    },
  },
});

const BACKUP = sampleService("backup", {
  type: "cron",
  phase: "armed",
  status: "running",
  cron: {
    interval: "hourly (0 * * * *)",
    nextWallMs: NOON_MS + 3_600_000,
    running: 1,
    history: {
      caughtUp: 0,
      runs: [{ serial: 3, startWallMs: NOON_MS - 400_000 }],
      started: 1,
      asked: 0,
      failed: 0,
      missed: 1,
      skipped: 0,
    },
  },
});

/** Services in many states. */
export const SAMPLE_SERVICES: readonly ServiceReport[] = [
  sampleService("db", { type: "notify", note: "ready for connections", pid: 14 }),
  sampleService("cache", { prerequisites: [] }),
  idleService("migrate", {
    type: "oneshot",
    phase: "done",
    state: "completed",
    status: "started",
    lastExit: "exited with code 0",
    exits: [{ exit: "0", count: 1 }],
    prerequisites: [{ name: "db.service", condition: "ready" }],
  }),
  sampleService("api", {
    prerequisites: [
      { name: "cache.service" },
      { name: "db.service" },
      { name: "migrate.service", condition: "completed" },
    ],
    health: "healthy",
    restarts: 2,
    exits: [{ exit: "1", count: 1 }, { exit: "SIGKILL", count: 1 }],
  }),
  idleService("worker", {
    phase: "backoff",
    state: "restarting",
    status: "exit(3)",
    unready: "waiting to be restarted",
    lastExit: "exited with code 3",
    restarts: 4,
    exits: [{ exit: "3", count: 5 }],
    prerequisites: [{ name: "cache.service" }, { name: "db.service" }],
  }),
  idleService("web", {
    phase: "waiting",
    state: "waiting",
    status: "starting",
    unready: "waiting for prerequisites",
    prerequisites: [{ name: "api.service" }, { name: "worker.service" }],
    waitsFor: ["worker.service"],
  }),
  idleService("metrics-exporter", {
    enabled: false,
    phase: "down",
    state: "disabled",
    status: "disabled",
  }),
  CRON,
  BACKUP,
];

/** Returns the container; what is given wins. */
export function sampleReport(changes: Partial<ContainerReport> = {}): ContainerReport {
  return {
    version: "0.4.0",
    hostname: "shop-7f9c",
    phase: "running",
    readiness: {
      ready: false,
      unready: [
        { name: "worker.service", why: "waiting to be restarted" },
        { name: "web.service", why: "waiting for prerequisites" },
      ],
    },
    nowWallMs: NOON_MS,
    startedWallMs: NOON_MS - 3_725_000,
    uptimeMs: 3_725_000,
    services: SAMPLE_SERVICES,
    sinks: [
      { name: "stdout", dropped: 0, failing: false },
      { name: "log host 'logs:514'", dropped: 12, failing: true },
    ],
    alerts: [
      { name: "ops.alert", sent: 3, waiting: 1, failed: 4, dropped: 2, suppressed: 997 },
    ],
    records: { received: 512, malformed: 1, suppressed: 30 },
    own: { processes: 1, cpuSeconds: 1.25, memoryBytes: 52 * MIB },
    ...changes,
  };
}

/** What the services have written last. */
export const SAMPLE_LINES: readonly LogLine[] = [
  ["db", "stdout", "ready for connections on port 5432"],
  ["api", "stdout", 'GET /items?page=2 200 14 ms "<script>alert(1)</script>"'],
  ["worker", "stderr", "Traceback: cannot connect to queue \x1b[31mred\x1b[0m"],
  ["worker", "chaperone", "worker.service pausing between restart retries (3 left)"],
  ["api", "stdout", `POST /orders 201 ${"with a long line that wraps ".repeat(6)}`],
].flatMap((row, at) =>
  [0, 1, 2, 3].map((round): LogLine => ({
    service: `${row[0]}.service`,
    wallMs: NOON_MS - 60_000 + round * 9000 + at * 1300,
    stream: row[1] as LogLine["stream"],
    text: row[2] as string,
  }))
).sort((a, b) => a.wallMs - b.wallMs);
