/**
 * Joins everything that is handed over when chaperone re-executes itself. Part of
 * run_container.ts.
 */
import { SystemError } from "../../base/errors.ts";
import type { LoadRecord } from "../../config/load_record.ts";
import type { Container } from "../../daemon/container/container.ts";
import { descriptorsIn, type Handover, HANDOVER_FORMAT } from "../../daemon/container/handover.ts";
import type { DatagramDoor, KeptSocket, SocketHandover } from "../../daemon/sockets/kept_socket.ts";
import type { Logging } from "../../daemon/logging/logging.ts";
import { SelfReplacement } from "../../daemon/container/self_replacement.ts";
import type { ServiceTriggers } from "../../daemon/triggers/service_triggers.ts";
import type { Supervisor } from "../../daemon/services/supervisor.ts";
import type { UpstreamNotify } from "../../daemon/container/upstream_notify.ts";
import { hasReached } from "../../service/container_phase.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { handoverVariables, ownProgram, programArguments } from "../../sys/self/program.ts";
import { givenDescriptorLimit } from "../../sys/launch/descriptor_limit.ts";
import { executeSelf } from "../../sys/self/self_execution.ts";
import type { OwnSignals } from "../../sys/self/own_signals.ts";
import { createStateFile } from "../../sys/self/state_file.ts";
import { encodePlainData } from "../../wire/plain_data.ts";
import type { ControlWiring } from "./run_control.ts";
import type { RunRequest } from "./run_request.ts";
import { readSyslog } from "./run_logging.ts";
import type { Alerts } from "../../daemon/alerts/alerts.ts";
import type { RecorderWiring } from "./run_recorder.ts";
import type { RenewalWiring } from "./run_renewal.ts";
import type { HttpWiring } from "./serve_http.ts";
import type { ReadinessWiring } from "./run_readiness.ts";

/** Whoever knows something that stands in no file. */
export interface HandoverParts {
  readonly os: OwnedOs;
  readonly logging: Logging;
  readonly syslog: KeptSocket<DatagramDoor>;
  readonly container: Container;
  readonly supervisor: Supervisor;
  readonly triggers: ServiceTriggers | undefined;
  readonly readiness: ReadinessWiring | undefined;
  readonly upstream: UpstreamNotify | undefined;
  readonly control: ControlWiring;
  readonly http: HttpWiring | undefined;
  readonly alerts: Alerts | undefined;
  readonly renewal: RenewalWiring | undefined;
  readonly recorder: RecorderWiring | undefined;
  /** Absent only before the first turn. */
  readonly signals: OwnSignals | undefined;
}

/** What it takes to execute chaperone anew. */
export interface ReplacementWiring {
  /** Why it must not be done at the moment, apart from the end of the container. */
  obstacle(): string | undefined;
  /** What the configuration in force was loaded from. */
  record(): LoadRecord;
  /** Asked when all of them are there. */
  parts(): HandoverParts;
}

/**
 * Makes what executes chaperone anew; `unaskedWallMs` is what the incarnation before has left of
 * it.
 */
export function createReplacement(
  request: Pick<RunRequest, "version" | "programName">,
  { os, logging }: Pick<HandoverParts, "os" | "logging">,
  wiring: ReplacementWiring,
  unaskedWallMs: readonly number[],
): SelfReplacement {
  let isHeldUp = false;
  return new SelfReplacement({
    journal: logging,
    wallMs: () => os.wallMs(),
    later: (callback) => void os.setTimer(0, callback),
    obstacle: () =>
      wiring.obstacle() ?? endOf(wiring.parts().container) ??
        (isHeldUp
          ? "a process holds up who reads what it writes, or closes what it has passed"
          : undefined),
    tryOut: async (handover) => {
      const { tryTakingOver } = await import("./try_taking_over.ts");
      return await tryTakingOver(os, encodePlainData(handover));
    },
    hold: async () => {
      isHeldUp = !await os.stillThreads();
      await logging.hold();
    },
    release: () => {
      isHeldUp = false;
      os.resumeThreads();
      logging.release();
    },
    gather: (cause, unasked) => ({
      format: HANDOVER_FORMAT,
      version: request.version,
      cause,
      pid: os.pid,
      unaskedWallMs: unasked,
      descriptorLimit: givenDescriptorLimit(),
      record: wiring.record(),
      ...gatherParts(wiring.parts()),
    }),
    resume: ({ readiness }) => {
      if (readiness !== undefined) wiring.parts().readiness?.resume(readiness);
    },
    execute: (handover) => execute(handover, request.programName),
  }, unaskedWallMs);
}

function endOf(container: Container): string | undefined {
  return hasReached(container.phase, "draining") ? "the container is about to end" : undefined;
}

function execute(handover: Handover, programName: string): SystemError {
  let descriptor: number;
  try {
    descriptor = createStateFile(encodePlainData(handover));
  } catch (error) {
    if (error instanceof SystemError) return error;
    throw error;
  }
  const paths = ownProgram();
  const folder = (paths[0] ?? "").replace(/[^/]*$/, "");
  return executeSelf({
    paths,
    argv: [`${folder}${programName}`, ...programArguments()],
    env: handoverVariables("take", descriptor),
    descriptors: [descriptor, ...descriptorsIn(handover)],
  });
}

type Gathered = Omit<
  Handover,
  "format" | "version" | "cause" | "pid" | "unaskedWallMs" | "descriptorLimit" | "record"
>;

/** What has been received is handed on before what is written is looked at. */
function gatherParts(parts: HandoverParts): Gathered {
  const {
    os,
    logging,
    syslog,
    container,
    supervisor,
    triggers,
    readiness,
    upstream,
    control,
    signals,
  } = parts;
  const { door, former } = syslog.doors;
  for (const each of [door, ...former]) each?.handOnNow();
  const state = container.handOver();
  if (state === undefined) throw new Error("the container is about to end");
  const readySinceMs = upstream?.readySinceMs;
  const forcedLevel = control.forcedLevel.get();
  const { dueMs: shutdownDueMs } = control.delayedShutdown;
  return {
    nowMs: os.nowMs(),
    wallMs: os.wallMs(),
    children: os.children,
    signals: (signals?.descriptors ?? []).map((descriptor) => ({ descriptor })),
    syslog: { ...(door ? { named: place(door) } : {}), former: former.map(place) },
    container: state,
    supervisor: supervisor.handOver(),
    ...(triggers ? { triggers: triggers.handOver() } : {}),
    ...(readiness ? { readiness: readiness.handOver() } : {}),
    ...(readySinceMs === undefined ? {} : { upstreamReadyMs: readySinceMs }),
    ...(forcedLevel === undefined ? {} : { forcedLevel }),
    ...(shutdownDueMs === undefined ? {} : { shutdownDueMs }),
    history: control.history.handOver(),
    ...(parts.alerts ? { alerts: parts.alerts.handOver() } : {}),
    ...(parts.renewal ? { renewal: parts.renewal.handOver() } : {}),
    ...(parts.recorder ? { life: parts.recorder.life } : {}),
    ...(parts.http ? { http: parts.http.handOver() } : {}),
    logging: logging.handOver(),
  };
}

function place({ path, descriptor }: DatagramDoor): SocketHandover {
  return { path, descriptor };
}

/** Gives everybody what was left for him, and has nothing happen yet. Logging comes first. */
export function takeOverParts(handover: Handover, parts: HandoverParts): void {
  const { os, logging, syslog, container, supervisor, triggers, readiness, upstream, control } =
    parts;
  logging.takeOver(handover.logging);
  const read = ({ path, descriptor }: SocketHandover) => readSyslog(os, logging, path, descriptor);
  const { named, former } = handover.syslog;
  syslog.take(named && read(named), former.map(read));
  os.takeChildren(handover.children);
  container.takeOver(handover.container);
  supervisor.takeOver(handover.supervisor);
  control.history.takeOver(handover.history);
  parts.recorder?.recorder.takeOver();
  if (handover.alerts !== undefined) parts.alerts?.takeOver(handover.alerts);
  if (handover.renewal !== undefined) parts.renewal?.takeOver(handover.renewal);
  if (handover.forcedLevel !== undefined) control.forcedLevel.set(handover.forcedLevel);
  if (handover.triggers) triggers?.takeOver(handover.triggers);
  if (handover.readiness) readiness?.takeOver(handover.readiness);
  if (handover.upstreamReadyMs !== undefined) upstream?.takeOver(handover.upstreamReadyMs);
}

/** Goes on: what has come to its time or its end meanwhile happens now. */
export function goOn(
  handover: Handover,
  { os, container, supervisor, control }: HandoverParts,
): void {
  supervisor.goOn(handover.supervisor);
  container.goOn();
  if (handover.shutdownDueMs !== undefined) {
    control.delayedShutdown.takeOver(handover.shutdownDueMs);
  }
  os.reap();
}
