/** A container's report as JSON: durations in seconds, moments as ISO dates, absent is absent. */
import type { ContainerReport, CronReport, ServiceReport } from "./report.ts";

/** What JSON has of the container, a service, a schedule and the use of processes, by name. */
export type StatusValue = ReturnType<typeof statusValue>;
export type ServiceValue = ReturnType<typeof serviceValue>;
export type CronValue = ReturnType<typeof cronValue>;
export type UsageValue = ReturnType<typeof usageValue>;

/** Formats the answer of `/status`. */
export function formatStatusJson(report: ContainerReport): string {
  return `${JSON.stringify(statusValue(report))}\n`;
}

function statusValue(report: ContainerReport) {
  const { readiness } = report;
  return {
    version: report.version,
    hostname: report.hostname,
    phase: report.phase,
    ready: readiness.ready,
    ...(readiness.why === undefined ? {} : { why: readiness.why }),
    notReady: readiness.unready.map(({ name, why }) => ({ service: name, why })),
    time: isoDate(report.nowWallMs),
    started: isoDate(report.startedWallMs),
    uptimeSecs: seconds(report.uptimeMs),
    services: report.services.map(serviceValue),
    log: { ...report.records, sinks: report.sinks },
    ...(report.own === undefined ? {} : { own: usageValue(report.own) }),
  };
}

function serviceValue(service: ServiceReport) {
  const { name, type, enabled, phase, state, status, health, note, pid, restarts } = service;
  return {
    name,
    type,
    enabled,
    phase,
    state,
    status,
    ready: enabled && service.unready === undefined,
    why: service.unready,
    health,
    note,
    pid,
    uptimeSecs: service.upMs === undefined ? undefined : seconds(service.upMs),
    restarts,
    lastExit: service.lastExit,
    exits: Object.fromEntries(service.exits.map(({ exit, count }) => [exit, count])),
    ...(service.usage === undefined ? {} : usageValue(service.usage)),
    logLines: service.lines,
    prerequisites: service.prerequisites,
    waitsFor: service.waitsFor,
    cron: service.cron && cronValue(service.cron),
  };
}

function usageValue(usage: NonNullable<ServiceReport["usage"]>) {
  return {
    processes: usage.processes,
    cpuSecs: Math.round(usage.cpuSeconds * 100) / 100,
    memoryBytes: usage.memoryBytes,
  };
}

function cronValue(cron: CronReport) {
  const { runs, ...totals } = cron.history;
  return {
    interval: cron.interval,
    next: cron.nextWallMs === undefined ? undefined : isoDate(cron.nextWallMs),
    running: cron.running > 0,
    ...totals,
    runs: runs.map((run) => ({
      serial: run.serial,
      started: isoDate(run.startWallMs),
      durationSecs: run.durationMs === undefined ? undefined : seconds(run.durationMs),
      normal: run.normal,
      cause: run.cause,
    })),
  };
}

function isoDate(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}
