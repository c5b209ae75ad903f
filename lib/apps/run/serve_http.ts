/** Joins the status server to the daemon and the system. Part of run_container.ts. */
import type { Caller } from "../../base/caller.ts";
import { SystemError } from "../../base/errors.ts";
import type { Settings } from "../../config/model.ts";
import { type HttpPlace, isLoopback, parseHttpPlace } from "../../config/http_place.ts";
import type { ScheduleView } from "../../daemon/services/triggers.ts";
import type { Container } from "../../daemon/container/container.ts";
import { ContainerReporter } from "../../daemon/container/container_reporter.ts";
import {
  type AccessRules,
  controllingGroup,
  judgeCaller,
} from "../../daemon/control/control_access.ts";
import { EventFeed } from "../../daemon/http/event_feed.ts";
import { HttpRoutes } from "../../daemon/http/http_routes.ts";
import type { ServiceParts } from "../../daemon/http/service_parts.ts";
import { TokenGate } from "../../daemon/http/token_gate.ts";
import { UsageRing } from "../../daemon/http/usage_ring.ts";
import { CONNECTIONS_MAX, HttpServer } from "../../daemon/http/http_server.ts";
import type { HttpHandover } from "../../daemon/container/handover.ts";
import { LogTail } from "../../daemon/logging/log_tail.ts";
import type { Logging } from "../../daemon/logging/logging.ts";
import type { ServiceHistory } from "../../daemon/services/service_history.ts";
import type { Supervisor } from "../../daemon/services/supervisor.ts";
import type { Family } from "../../service/family.ts";
import type { ContainerPhase } from "../../service/container_phase.ts";
import type { AcceptedStream } from "../../door/streams.ts";
import type { AlertReport } from "../../page/report.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { readGuardedFile } from "../../sys/paths/guarded_file.ts";
import { randomKey } from "../../sys/self/random_key.ts";
import { hostName, ownUid } from "../../sys/self/program.ts";
import { createUsageMeter } from "./run_usage.ts";

/** A UNIX socket's mode where `control_mode` does not say. */
const OWNER_ONLY = 0o600;

/** What the status server needs of the rest. */
export interface HttpWiringParts {
  readonly settings: Settings;
  readonly version: string;
  readonly os: OwnedOs;
  readonly logging: Logging;
  readonly supervisor: Supervisor;
  readonly family: Family;
  readonly container: Pick<Container, "phase">;
  readonly history: ServiceHistory;
  /** Carries out a line of telchap with the rights of a caller. */
  readonly ask: (
    words: readonly string[],
    caller: Caller,
  ) => Promise<{ readonly exitCode: number; readonly text: string }>;
  readonly schedules: () => ScheduleView | undefined;
  readonly alerts: () => readonly AlertReport[];
  /** What another incarnation has counted; the supervisor has taken over before. */
  readonly left: HttpHandover | undefined;
}

/** The status server while it is there. */
export interface HttpWiring {
  /** Tells readers of events that the container has entered another phase. */
  system(phase: ContainerPhase): void;
  /** What was counted. */
  handOver(): HttpHandover;
  /** Stops listening and drops all connections. */
  close(): Promise<void>;
}

/** Opens the status server before services start; undefined, at no cost, where none is wanted. */
export function serveHttp(parts: HttpWiringParts): HttpWiring | undefined {
  const { settings, os, logging, history } = parts;
  const place = settings.http === undefined ? undefined : parseHttpPlace(settings.http);
  if (place === undefined) return undefined;
  const tail = new LogTail(logging.router.ring);
  const ring = new UsageRing();
  const reporter = createReporter(parts, tail, ring);
  const feed = new EventFeed(history);
  if (parts.left !== undefined) {
    tail.takeOver(parts.left.lines);
    reporter.takeOver(parts.left.reporter);
    feed.takeOver(parts.left.feed);
    ring.takeOver(parts.left.usage ?? []);
  }
  const rules = accessRules(settings);
  const services = createServiceParts(parts, rules, reporter, ring);
  const routes = new HttpRoutes({
    readiness: () => reporter.readiness(),
    report: () => reporter.report(),
    lines: (count) => tail.lines(count),
    changes: () => feed.lastId,
    nowMs: os.nowMs,
    loopbackHost: place.kind === "tcp" && isLoopback(place) ? place.host : undefined,
    services,
  });
  const server = new HttpServer({
    respond: (request, client) => routes.respond(request, client),
    feed,
    journal: logging,
    setTimer: os.setTimer,
    nowMs: os.nowMs,
  });
  try {
    const socket = os.listenStreams(place, {
      maxConnections: CONNECTIONS_MAX,
      uid: settings.controlUid,
      gid: settings.controlGid ?? 0,
      mode: settings.controlMode ?? OWNER_ONLY,
    }, acceptor(parts, rules, server, place));
    logging.write({ level: "info", text: `status server listens on ${settings.http}` });
    return {
      system: (phase) => feed.system(phase, os.wallMs()),
      handOver: () => ({
        reporter: reporter.handOver(),
        lines: tail.handOver(),
        feed: feed.handOver(),
        usage: ring.handOver(),
        key: services.key(),
      }),
      async close() {
        await Promise.all([socket.close(), server.close()]);
      },
    };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const text = `status server cannot listen on ${settings.http}: ${error.message}`;
    logging.write({ level: "err", text });
    return undefined;
  }
}

function accessRules({ controlUid, controlGid, controlMode }: Settings): AccessRules {
  return { ownUid: ownUid(), controlUid, controlGid, controlMode };
}

/** Returns what serves a connection, and knows who its caller is. */
function acceptor(
  { supervisor }: HttpWiringParts,
  rules: AccessRules,
  server: HttpServer,
  place: HttpPlace,
): (stream: AcceptedStream) => Promise<void> {
  return (stream) => {
    const judge = () => judgeCaller(stream.peer(), rules, supervisor.processes);
    // A process is judged while its number is its own; a user, which takes longer, when it matters.
    const judged = place.kind === "unix" ? judge() : undefined;
    const caller = () => judged ?? judge();
    return server.serve(stream, { caller, address: stream.address });
  };
}

function createServiceParts(
  parts: HttpWiringParts,
  rules: AccessRules,
  reporter: ContainerReporter,
  ring: UsageRing,
): ServiceParts {
  const { settings, os, logging, history, ask, left } = parts;
  let key = left?.key;
  return {
    report: () => reporter.report(),
    linesOf: (service) =>
      // As telchap logs does: what chaperone says of a service is of every level.
      logging.router.ring.recent(service, Infinity)
        .filter(({ stream }) => stream !== "chaperone")
        .map((line) => ({ service, ...line })),
    events: () => history.events,
    curves: (service) => ring.curves(os.nowMs(), service),
    ask,
    isControlled: settings.httpControl !== false,
    gate: createGate(parts, rules),
    key: () => key ??= randomKey(),
    tell: (text) => logging.write({ level: "notice", text }),
    wait: (delayMs) => new Promise((resolve) => os.setTimer(delayMs, () => resolve(undefined))),
  };
}

function createGate(
  { settings: { httpControl }, os, logging }: HttpWiringParts,
  rules: AccessRules,
): TokenGate | undefined {
  if (typeof httpControl === "boolean") return undefined;
  const owners = { uid: rules.controlUid, gid: controllingGroup(rules) };
  const gate = new TokenGate({
    read: () => readGuardedFile(httpControl, owners),
    journal: logging,
    nowMs: os.nowMs,
  });
  gate.check();
  return gate;
}

function createReporter(
  parts: HttpWiringParts,
  tail: LogTail,
  ring: UsageRing,
): ContainerReporter {
  const { version, os, logging, supervisor, family, container, schedules, alerts } = parts;
  const meter = createUsageMeter(os, supervisor);
  return new ContainerReporter({
    version,
    hostname: hostName(),
    supervisor,
    family,
    phase: () => container.phase,
    usage: () => {
      const usages = meter.read();
      ring.note(os.nowMs(), usages);
      return usages;
    },
    tail,
    counts: logging.router.counts,
    sinks: () =>
      logging.sinks.all.map(({ name, droppedTotal, isFailing }) => ({
        name,
        dropped: droppedTotal,
        failing: isFailing,
      })),
    alerts,
    schedules,
    nowMs: os.nowMs,
    wallMs: os.wallMs,
  });
}
