/**
 * What only some configurations take of the daemon. A part is imported before anything is started,
 * so that nothing can go wrong with it later, or not at all: to parse it takes longer than to start
 * a service.
 */
import type { LoggingConfig, ServiceConfig } from "../../config/model.ts";
import { isCollector } from "../../config/remote_address.ts";
import { isConfined } from "../../daemon/services/confiner.ts";
import { hasGroup } from "../../service/groups/has_group.ts";
import { DEFAULT_STATE_DIR, isDirectory } from "../../sys/state/state_directory.ts";
import type { RunRequest } from "./run_request.ts";

/** The parts that are needed, as modules. */
export interface RunParts {
  readonly readiness: typeof import("./run_readiness.ts") | undefined;
  readonly upstream: typeof import("./run_upstream.ts") | undefined;
  readonly triggers: typeof import("../../daemon/triggers/service_triggers.ts") | undefined;
  readonly http: typeof import("./serve_http.ts") | undefined;
  readonly alerts: typeof import("./run_alerts.ts") | undefined;
  readonly groups: typeof import("./run_groups.ts") | undefined;
  readonly renewal: typeof import("./run_renewal.ts") | undefined;
  readonly recorder: typeof import("./run_recorder.ts") | undefined;
  readonly sandbox: typeof import("../../service/sandbox/sandbox_library.ts") | undefined;
  readonly otlp: typeof import("./run_otlp.ts") | undefined;
}

/** Imports what a configuration needs. */
export async function importParts({ config, variables }: RunRequest): Promise<RunParts> {
  const { services, settings, alerts, loggings } = config;
  return {
    readiness: services.some(tellsReadiness) ? await import("./run_readiness.ts") : undefined,
    upstream: variables["NOTIFY_SOCKET"] ? await import("./run_upstream.ts") : undefined,
    triggers: services.some(waitsForTrigger)
      ? await import("../../daemon/triggers/service_triggers.ts")
      : undefined,
    http: settings.http === undefined ? undefined : await import("./serve_http.ts"),
    alerts: alerts.length > 0 ? await import("./run_alerts.ts") : undefined,
    groups: services.some(hasGroup) ? await import("./run_groups.ts") : undefined,
    renewal: services.some(renewsItself) ? await import("./run_renewal.ts") : undefined,
    recorder: settings.stateDir !== undefined || isDirectory(DEFAULT_STATE_DIR)
      ? await import("./run_recorder.ts")
      : undefined,
    sandbox: services.some(isConfined)
      ? await import("../../service/sandbox/sandbox_library.ts")
      : undefined,
    otlp: loggings.some(sendsToCollector) ? await import("./run_otlp.ts") : undefined,
  };
}

function tellsReadiness({ type, ready, health, watchdogMs }: ServiceConfig): boolean {
  return type === "notify" || (ready ?? health ?? watchdogMs) !== undefined;
}

function sendsToCollector({ syslogHost }: LoggingConfig): boolean {
  return syslogHost !== undefined && isCollector(syslogHost);
}

function renewsItself({ watch, recycle, drainTimeoutMs }: ServiceConfig): boolean {
  return watch !== undefined || recycle !== undefined || drainTimeoutMs !== undefined;
}

function waitsForTrigger({ type, cron, listen }: ServiceConfig): boolean {
  return type === "cron" || type === "inetd" || cron !== undefined || listen.length > 0;
}
