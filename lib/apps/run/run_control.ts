/** Joins the control socket to the system. Part of run_container.ts. */
import type { Caller } from "../../base/caller.ts";
import { SystemError } from "../../base/errors.ts";
import { CONTROL_SOCKET_NAME } from "../../base/control_names.ts";
import { type AccessRules, judgeCaller, socketMode } from "../../daemon/control/control_access.ts";
import type { ControlContext, ForcedLevel } from "../../daemon/control/context.ts";
import type { ScheduleView } from "../../daemon/services/triggers.ts";
import type { Container } from "../../daemon/container/container.ts";
import { ControlServer, type ControlSession } from "../../daemon/control/control_server.ts";
import { DelayedShutdown } from "../../daemon/control/delayed_shutdown.ts";
import type { CurrentConfig } from "../../daemon/container/current_config.ts";
import { type Door, KeptSocket } from "../../daemon/sockets/kept_socket.ts";
import type { Journal } from "../../daemon/logging/journal.ts";
import type { Alerts } from "../../daemon/alerts/alerts.ts";
import type { RecorderView } from "../../daemon/recorder/recorder_view.ts";
import type { Logging } from "../../daemon/logging/logging.ts";
import type { SelfReplacement } from "../../daemon/container/self_replacement.ts";
import { ServiceHistory } from "../../daemon/services/service_history.ts";
import type { Supervisor } from "../../daemon/services/supervisor.ts";
import { SaidOnce } from "../../daemon/logging/said_once.ts";
import { exitCause } from "../../service/ending/exit_causes.ts";
import { parseSeverity } from "../../log/priorities.ts";
import { DEFAULT_CONTROL_SOCKET } from "../../sys/sockets/control_paths.ts";
import { isAnswering } from "../../sys/sockets/control_client.ts";
import type { StreamServer } from "../../sys/sockets/stream_server.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { ownUid } from "../../sys/self/program.ts";
import { readUsage } from "../../sys/processes/process_usage.ts";
import { allowPassage, prepareRunDir } from "../../sys/files/run_dir.ts";
import { keepingParts } from "./keeping.ts";
import type { RunRequest } from "./run_request.ts";

/** Others wait in the kernel's queue; each open one costs a descriptor. */
const CONNECTIONS_MAX = 256;
/** Others cannot keep the owner out, nor one of them all others. */
const OTHERS_MAX = { all: 64, each: 16 };
/** Whom the mode lets in must come through the directory, too. */
const OTHERS_OR_GROUP = 0o022;

/** What the wiring needs of the rest. */
export interface ControlWiringParts {
  readonly supervisor: Supervisor;
  readonly container: Container;
  readonly os: OwnedOs;
  readonly logging: Logging;
  /** Another configuration may be the first that needs them. */
  readonly triggers: () => ScheduleView | undefined;
  readonly current: CurrentConfig;
  readonly applier: NonNullable<ControlContext["applier"]>;
  readonly isApplying: ControlContext["isApplying"];
  readonly replacement: SelfReplacement;
  readonly takenOver: () => string | undefined;
  /** Absent where there is none. */
  readonly alerts: () => Alerts | undefined;
  /** Absent where nothing is recorded. */
  readonly recorder: () => RecorderView | undefined;
  readonly roller: ControlContext["roller"];
  readonly rollOf: ControlContext["rollOf"];
  /** Told when a command has been answered. */
  readonly busy: () => void;
}

/** The door that telchap knocks at. */
export interface ControlWiring {
  /** What has happened to services, for others who show it. */
  readonly history: ServiceHistory;
  readonly forcedLevel: ForcedLevel;
  readonly delayedShutdown: DelayedShutdown;
  /** Opens it; where there is no place for it, says so, and chaperone goes on without. */
  open(): Promise<void>;
  /** Opens it again where its file is gone. */
  renew(): void;
  close(): Promise<void>;
  /** Launches again what telchap has launched before the container was started anew. */
  launchKept(): Promise<void>;
  /** Carries out a command that ends by itself, with the rights of a caller. */
  ask(
    words: readonly string[],
    caller: Caller,
  ): Promise<{ readonly exitCode: number; readonly text: string }>;
  /** Carries out a command by itself; resolves with the answer where it was refused. */
  perform(words: readonly string[]): Promise<string | undefined>;
}

/** Makes the parts, and begins to remember what happens to services: before anything is started. */
export function wireControl(request: RunRequest, parts: ControlWiringParts): ControlWiring {
  const context = createContext(request, parts);
  const run = async (words: readonly string[], session: ControlSession) => {
    // Most containers never hear a command.
    const { runControlCommand } = await import("../../daemon/control/control_commands.ts");
    return await runControlCommand(context, words, session).finally(parts.busy);
  };
  const ask: ControlWiring["ask"] = async (words, caller) => {
    let text = "";
    const { exitCode } = await run(words, {
      caller,
      colour: false,
      columns: undefined,
      write(piece) {
        text += piece;
        return true;
      },
      gone: new Promise(() => {}),
    });
    return { exitCode, text: text.trim() };
  };
  const server = new ControlServer({
    run,
    setTimer: parts.os.setTimer,
  });
  const socket = new KeptSocket({
    title: "control socket",
    open: () => openControl(context, server, parts),
    // Commands that are under way need no listener.
    formerMax: 0,
    ...keepingParts(parts.os, parts.logging),
  });
  return {
    history: context.history,
    forcedLevel: context.forcedLevel,
    delayedShutdown: context.delayedShutdown,
    open: () => socket.open(),
    renew: () => socket.renew(),
    async close() {
      await server.finishAnswers();
      // Whoever is accepted meanwhile is dropped with the others.
      await socket.close();
      server.close();
    },
    async launchKept() {
      if (await context.recorder?.hasKept() !== true) return;
      const { launchKept } = await import("../../daemon/control/kept.ts");
      await launchKept(context).finally(parts.busy);
    },
    ask,
    async perform(words) {
      const caller = { mayControl: true, mayLook: true, uid: ownUid() };
      const { exitCode, text } = await ask(words, caller);
      return exitCode === 0 ? undefined : text;
    },
  };
}

function createContext(
  { family, options, version }: RunRequest,
  parts: ControlWiringParts,
): ControlContext {
  const { supervisor, container, os, logging, current, replacement, takenOver } = parts;
  const { logLevel } = options;
  let forced = logLevel === undefined ? undefined : parseSeverity(logLevel);
  return {
    get config() {
      return current.config;
    },
    family,
    supervisor,
    container,
    os,
    applier: parts.applier,
    isApplying: parts.isApplying,
    replacement,
    takenOver,
    journal: logging,
    ring: logging.router.ring,
    history: new ServiceHistory(supervisor, os),
    delayedShutdown: new DelayedShutdown({
      nowMs: os.nowMs,
      setTimer: os.setTimer,
      act: () => container.shutdown(exitCause("asked")),
    }),
    forcedLevel: {
      get: () => forced,
      set: (severity) => {
        forced = severity;
        logging.router.forceLevel(severity);
      },
    },
    get schedules() {
      return parts.triggers();
    },
    get alerts() {
      return parts.alerts();
    },
    get recorder() {
      return parts.recorder();
    },
    roller: parts.roller,
    rollOf: parts.rollOf,
    version,
    refused: refusalTeller(os, logging),
    usage: readUsage,
    rightsReader: async () => (await import("../../sys/sandbox/rights_reader.ts")).rightsReader,
  };
}

/** A user that is refused again and again is named once a minute. */
function refusalTeller(os: OwnedOs, journal: Journal): ControlContext["refused"] {
  const once = new SaidOnce({ journal, setTimer: os.setTimer });
  return ({ uid }, [command = ""]) => {
    const nobody = "a process in a sandbox, or one that the kernel does not identify,";
    const who = uid === undefined ? nobody : `user ${uid}`;
    const text = `telchap: ${who} may not do '${command}', it was refused`;
    once.say(String(uid), { level: "warn", text });
  };
}

async function openControl(
  context: ControlContext,
  server: ControlServer,
  { os, logging: journal, supervisor }: ControlWiringParts,
): Promise<Door | undefined> {
  const { settings } = context.config;
  const rules: AccessRules = {
    ownUid: ownUid(),
    controlUid: settings.controlUid,
    controlGid: settings.controlGid,
    controlMode: settings.controlMode,
  };
  const failures: string[] = [];
  const runDir = () => {
    const directory = prepareRunDir(settings.runDir);
    if ((socketMode(rules) & OTHERS_OR_GROUP) !== 0) allowPassage(directory);
    return `${directory}/${CONTROL_SOCKET_NAME}`;
  };
  for (const place of [() => DEFAULT_CONTROL_SOCKET, runDir]) {
    try {
      const path = place();
      if (await isAnswering(path)) {
        failures.push(`another chaperone answers at ${path}`);
        continue;
      }
      const socket = listen(path, rules, { server, os, journal, supervisor });
      for (const text of failures) {
        journal.write({ level: "warn", text: `control socket is ${path}: ${text}` });
      }
      return { path, close: () => socket.close() };
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      failures.push(error.message);
    }
  }
  const text = `control socket cannot be opened, telchap will not work: ${failures.join("; ")}`;
  journal.write({ level: "warn", text });
  return undefined;
}

interface ListenParts {
  readonly server: ControlServer;
  readonly os: OwnedOs;
  readonly journal: Journal;
  readonly supervisor: Supervisor;
}

function listen(
  path: string,
  rules: AccessRules,
  { server, os, journal, supervisor }: ListenParts,
): StreamServer {
  const others = new Others();
  const options = {
    mode: socketMode(rules),
    uid: rules.controlUid,
    gid: rules.controlGid ?? 0,
    maxConnections: CONNECTIONS_MAX,
  };
  const socket = os.listenStreams({ kind: "unix", path }, options, async (stream) => {
    const caller = judgeCaller(stream.peer(), rules, supervisor.processes);
    if (!others.admit(caller)) return stream.close();
    await server.serve(stream, caller);
    others.leave(caller);
  });
  if (!socket.isOwned && rules.controlUid !== rules.ownUid && rules.controlUid !== 0) {
    const text = `control socket cannot be given to control_uid ${rules.controlUid}`;
    journal.write({ level: "warn", text });
  }
  return socket;
}

/** Counts the connections of those who do not own the socket. */
class Others {
  readonly #open = new Map<number | undefined, number>();
  #total = 0;

  /** False where too many are open already. */
  admit({ mayControl, uid }: Caller): boolean {
    if (mayControl) return true;
    const open = this.#open.get(uid) ?? 0;
    if (open >= OTHERS_MAX.each || this.#total >= OTHERS_MAX.all) return false;
    this.#open.set(uid, open + 1);
    this.#total++;
    return true;
  }

  leave({ mayControl, uid }: Caller): void {
    if (mayControl) return;
    const left = (this.#open.get(uid) ?? 1) - 1;
    if (left > 0) this.#open.set(uid, left);
    else this.#open.delete(uid);
    this.#total--;
  }
}
