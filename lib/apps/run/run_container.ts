/** Joins the daemon to the system and runs it until the container ends. */
import { VERSION } from "../../base/version.ts";
import type { LoadRecord } from "../../config/load_record.ts";
import type { Config } from "../../config/model.ts";
import type { ConfigApplierParts } from "../../daemon/container/config_applier.ts";
import { Container } from "../../daemon/container/container.ts";
import { CurrentConfig } from "../../daemon/container/current_config.ts";
import { FailureReporter } from "../../daemon/container/failure_reporter.ts";
import { describeTakeOver, type Handover } from "../../daemon/container/handover.ts";
import { type DatagramDoor, KeptSocket } from "../../daemon/sockets/kept_socket.ts";
import type { Logging } from "../../daemon/logging/logging.ts";
import { OomWatch } from "../../daemon/services/oom_watch.ts";
import { Settling } from "../../daemon/container/settling.ts";
import type { SelfReplacement } from "../../daemon/container/self_replacement.ts";
import type { Supervisor } from "../../daemon/services/supervisor.ts";
import type { UpstreamNotify } from "../../daemon/container/upstream_notify.ts";
import { formatProcessTitle } from "../../commands/start_checks.ts";
import { buildFamily } from "../../service/family.ts";
import type { ShutdownCause } from "../../service/ending/exit_causes.ts";
import type { HeapUse } from "../../base/heap_use.ts";
import { watchHeap } from "../../sys/self/heap_watch.ts";
import { releaseFreeMemory } from "../../sys/self/memory.ts";
import { countOomKills } from "../../sys/processes/control_group.ts";
import { useRunDir } from "../../sys/launch/scratch_file.ts";
import { createOs, type OwnedOs } from "../../sys/os.ts";
import { setProcessTitle } from "../../sys/self/process_title.ts";
import { catchFaults } from "../../sys/libc/faults.ts";
import type { OwnSignals } from "../../sys/self/own_signals.ts";
import { keepingParts } from "./keeping.ts";
import { createLogging, openLogging, openSyslog } from "./run_logging.ts";
import { type ControlWiring, wireControl } from "./run_control.ts";
import { createReplacement, goOn, type HandoverParts, takeOverParts } from "./run_handover.ts";
import type { LoadedRun, RunRequest } from "./run_request.ts";
import { importParts, type RunParts } from "./run_parts.ts";
import type { RecorderWiring } from "./run_recorder.ts";
import { OptionalParts } from "./run_optional_parts.ts";
import { createSignalHandler } from "./run_signals.ts";
import { createSupervisor } from "./run_supervisor.ts";
import { greet, settleBelow, tellEnd, tellOutside } from "./run_words.ts";
import { tellZoneProblem, useSystemZone } from "./run_zone.ts";
import type { HttpWiring } from "./serve_http.ts";

/** Programs stay connected to the socket that they found when they first logged. */
const FORMER_SYSLOGS_MAX = 4;

/**
 * Runs the container and returns its exit status. Does not throw once services may have started.
 * @throws {CircularDependencyError}
 */
export function runLoaded({ invocation, loaded, ...run }: LoadedRun): Promise<number> {
  const { config, notices, record } = loaded;
  return runContainer({
    ...run,
    config,
    family: buildFamily(config.services),
    programName: invocation.programName,
    version: VERSION,
    early: [...invocation.notices ?? [], ...notices],
    record,
  });
}

async function runContainer(request: RunRequest): Promise<number> {
  const parts = await importParts(request);
  const os = createOs();
  useRunDir(request.config.settings.runDir);
  const zone = useSystemZone();
  const logging = createLogging(request);
  if (parts.otlp) logging.sinks.useOtlp(parts.otlp.createOtlpOutlet);
  os.onLaunchWarning((text) => logging.write({ level: "warn", text }));
  const problem = openLogging(logging, request);
  if (problem !== undefined) {
    logging.writeVisibly({ level: "err", text: `exit 1: ${problem}` });
    await logging.close();
    return 1;
  }
  if (request.handover === undefined) tellZoneProblem(logging, zone);
  const current = new CurrentConfig(request.config, request.family);
  const live = { ...request, family: current.family };
  const run = new ContainerRun(live, parts, os, logging, current);
  return await run.run();
}

class ContainerRun {
  readonly #request: RunRequest;
  readonly #os: OwnedOs;
  readonly #settling: Settling;
  readonly #logging: Logging;
  readonly #container: Container;
  readonly #parts: RunParts;
  readonly #optional: OptionalParts;
  readonly #upstream: UpstreamNotify | undefined;
  readonly #control: ControlWiring;
  readonly #supervisor: Supervisor;
  readonly #finished = Promise.withResolvers<ShutdownCause>();
  readonly #syslog: KeptSocket<DatagramDoor>;
  #http: HttpWiring | undefined;
  #memory: OomWatch | undefined;
  #signals: OwnSignals | undefined;
  readonly #current: CurrentConfig;
  readonly #replacement: SelfReplacement;
  readonly #recorder: RecorderWiring | undefined;
  /** When it became plain that the container ends, by the wall clock. */
  #endingWallMs = 0;
  /** How this incarnation came to be, where another one was there before. */
  #takenOver: string | undefined;
  /** What each configuration that was or may be in force was loaded from. */
  readonly #records = new WeakMap<Config, () => LoadRecord>();
  /** While instances are rolled, what is in force is of two configurations, this one and its former. */
  #latestRecord: (() => LoadRecord) | undefined;

  constructor(
    request: RunRequest,
    parts: RunParts,
    os: OwnedOs,
    logging: Logging,
    current: CurrentConfig,
  ) {
    this.#request = request;
    this.#parts = parts;
    this.#os = os;
    this.#settling = new Settling({ ...os, release: () => this.#rest() });
    this.#logging = logging;
    this.#current = current;
    const { family } = request;
    this.#container = this.#createContainer(current);
    this.#syslog = new KeptSocket({
      title: "syslog socket",
      open: () => openSyslog(os, logging, request),
      formerMax: FORMER_SYSLOGS_MAX,
      ...keepingParts(os, logging),
    });
    const supervisor = createSupervisor(request, { os, logging }, {
      container: this.#container,
      memory: () => this.#memory,
      groups: () => this.#optional.groups,
      triggers: () => this.#optional.triggers,
      confiner: () => this.#optional.confiner,
      readiness: () => this.#optional.readiness?.supervisorParts,
    });
    this.#supervisor = supervisor;
    supervisor.observe(() => this.#settling.busy());
    this.#container.use(supervisor);
    this.#optional = new OptionalParts(request, {
      ...{ os, logging, supervisor, current, container: this.#container },
      history: () => this.#control.history,
      recorder: () => this.#recorder,
      applierParts: () => this.#applierParts(),
    });
    this.#optional.add(parts);
    const { ring } = logging.router;
    const hasTold = (name: string, text: string) => this.#container.hasTold(name, text);
    new FailureReporter({ supervisor, family, journal: logging, ring, hasTold });
    this.#upstream = parts.upstream?.connectUpstream(request, os, logging, supervisor);
    this.#records.set(current.config, request.record);
    this.#replacement = this.#createReplacement();
    this.#control = this.#wireControl();
    const { history } = this.#control;
    this.#recorder = parts.recorder &&
      new parts.recorder.RecorderWiring(request, {
        ...{ os, logging, supervisor, history },
        record: () => this.#record(),
      });
  }

  #rest(): void {
    this.#os.rest();
    this.#logging.sinks.shrink();
    releaseFreeMemory();
  }

  #createContainer(current: CurrentConfig): Container {
    const { family } = this.#request;
    return new Container({
      get config() {
        return current.config;
      },
      family,
      os: this.#os,
      journal: this.#logging,
      finish: (cause) => this.#finished.resolve(cause),
      booted: () => {
        this.#upstream?.ready();
        this.#recorder?.recorder.ready();
        this.#optional.alerts?.ready();
        this.#container.holdEndUntil(this.#control.launchKept());
        this.#http?.system("running");
        this.#settling.started();
      },
      ending: (cause) => {
        this.#endingWallMs = this.#os.wallMs();
        this.#recorder?.recorder.ending(cause);
        this.#optional.ending(cause);
        this.#upstream?.ending(cause);
        this.#http?.system("draining");
      },
    });
  }

  #wireControl(): ControlWiring {
    return wireControl(this.#request, {
      ...{ supervisor: this.#supervisor, container: this.#container },
      ...{ os: this.#os, logging: this.#logging, current: this.#current },
      triggers: () => this.#optional.triggers,
      applier: () => this.#optional.applier(),
      isApplying: () => this.#optional.isApplying,
      replacement: this.#replacement,
      takenOver: () => this.#takenOver,
      busy: () => this.#settling.busy(),
      recorder: () => this.#recorder,
      alerts: () => this.#optional.alerts,
      roller: () => this.#optional.roller(),
      rollOf: (config) => this.#optional.knownRoller?.describe(config),
    });
  }

  #applierParts(): ConfigApplierParts {
    const [request, current] = [this.#request, this.#current];
    return {
      current,
      supervisor: this.#supervisor,
      container: this.#container,
      os: this.#os,
      load: async (launched) => {
        this.#settling.started();
        const { record, ...loaded } = await request.reload(
          launched === undefined
            ? { launched: current.config.launched }
            : { known: this.#record(), launched },
        );
        this.#records.set(loaded.config, record);
        this.#latestRecord = record;
        this.#optional.add(await importParts({ ...request, config: loaded.config }));
        return { ...loaded, family: buildFamily(loaded.config.services) };
      },
      prepareLogging: (sections) => this.#logging.prepare(sections),
      roller: () => this.#optional.roller(),
      applied: (diff, kind) => {
        this.#recorder?.applied(diff, kind);
        this.#optional.configure();
      },
    };
  }

  /** What the configuration in force was loaded from. */
  #record(): LoadRecord {
    const record = this.#records.get(this.#current.config) ?? this.#latestRecord;
    return record?.() ?? this.#request.record();
  }

  #createReplacement(): SelfReplacement {
    const { handover, ...request } = this.#request;
    const unasked = handover?.unaskedWallMs ?? [];
    return createReplacement(request, { os: this.#os, logging: this.#logging }, {
      obstacle: () => {
        if (this.#optional.isApplying) return "another configuration is being applied";
        return this.#optional.knownRoller?.isBusy ? "instances are being exchanged" : undefined;
      },
      record: () => this.#record(),
      parts: () => this.#handoverParts(),
    }, unasked);
  }

  #handoverParts(): HandoverParts {
    return {
      os: this.#os,
      logging: this.#logging,
      syslog: this.#syslog,
      container: this.#container,
      supervisor: this.#supervisor,
      triggers: this.#optional.triggers,
      readiness: this.#optional.readiness,
      upstream: this.#upstream,
      control: this.#control,
      http: this.#http,
      recorder: this.#recorder,
      alerts: this.#optional.alerts,
      renewal: this.#optional.renewal,
      signals: this.#signals,
    };
  }

  async run(): Promise<number> {
    if (!this.#os.isInit) settleBelow(this.#request, this.#os, this.#logging);
    const stopCatching = catchFaults((error) => this.#faulted(error));
    const stopWatching = watchHeap((use) => this.#heapFills(use));
    const { handover } = this.#request;
    if (handover !== undefined) this.#takeOver(handover);
    this.#listenToSignals();
    if (handover === undefined) {
      await this.#syslog.open();
      greet(this.#request, this.#logging);
    }
    await this.#control.open();
    this.#openHttp();
    if (handover === undefined) this.#container.boot();
    this.#readProc();
    const cause = await this.#finished.promise;
    await this.#http?.close();
    await this.#control.close();
    this.#optional.triggers?.close();
    await Promise.all([this.#optional.readiness?.close(), this.#upstream?.close()]);
    await this.#syslog.close();
    await this.#optional.alerts?.end(this.#current.config.settings.shutdownTimeoutMs);
    // Nothing may come after the last line, on either stream.
    await this.#logging.drain();
    tellEnd(this.#request, this.#logging, cause);
    await this.#sayFarewell(cause);
    await this.#logging.close();
    this.#signals?.close();
    stopWatching();
    stopCatching();
    await this.#os.close();
    return cause.exitCode;
  }

  /** What no service waits for: it comes after the first have been started, in the same turn. */
  #readProc(): void {
    const { programName, options } = this.#request;
    setProcessTitle(formatProcessTitle(programName, options.command));
    this.#memory = new OomWatch({ count: countOomKills, nowMs: this.#os.nowMs });
    this.#recorder?.open();
  }

  /** Reports beyond the container's own output. */
  async #sayFarewell(cause: ShutdownCause): Promise<void> {
    const [supervisor, { history }] = [this.#supervisor, this.#control];
    const parts = { supervisor, history, ring: this.#logging.router.ring, wallMs: this.#os.wallMs };
    await tellOutside(parts, cause, this.#endingWallMs);
    await this.#recorder?.end(cause);
  }

  #openHttp(): void {
    const { config, version, family } = this.#request;
    this.#http = this.#parts.http?.serveHttp({
      settings: config.settings,
      version,
      family,
      os: this.#os,
      logging: this.#logging,
      supervisor: this.#supervisor,
      container: this.#container,
      history: this.#control.history,
      ask: (words, caller) => this.#control.ask(words, caller),
      schedules: () => this.#optional.triggers,
      alerts: () => this.#optional.alerts?.status ?? [],
      left: this.#request.handover?.http,
    });
  }

  /** Nothing of this awaits anything: no event comes in between. */
  #takeOver(handover: Handover): void {
    const { early, version } = this.#request;
    takeOverParts(handover, this.#handoverParts());
    const tookMs = this.#os.wallMs() - handover.wallMs;
    const level = handover.cause.kind === "request" ? "notice" : "warn";
    this.#takenOver = describeTakeOver(handover, version, tookMs);
    this.#logging.writeVisibly({ level, text: this.#takenOver });
    this.#recorder?.recorder.replaced(version, this.#takenOver);
    for (const notice of early) this.#logging.write({ level: "warn", text: notice });
    goOn(handover, this.#handoverParts());
    this.#settling.started();
  }

  /**
   * A mistake of chaperone's own: it is told with its place. What it has left half done is mended
   * by an incarnation that begins with clean state; services do not notice.
   */
  #faulted(error: unknown): void {
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    const isReplaced = this.#replacement.replaceUnasked({ kind: "error" });
    const what = isReplaced ? "chaperone re-executes itself" : "the container keeps running";
    this.#logging.write({ level: "err", text: `internal error, ${what}: ${text}` });
  }

  #heapFills(use: HeapUse): void {
    this.#replacement.replaceUnasked({ kind: "memory", ...use });
  }

  #listenToSignals(): void {
    const left = this.#request.handover?.signals ?? [];
    const handle = createSignalHandler({
      received: (name) => this.#recorder?.recorder.signal(name),
      current: this.#current,
      container: this.#container,
      supervisor: this.#supervisor,
      journal: this.#logging,
      reopen: () => {
        this.#syslog.renew();
        this.#control.renew();
        this.#optional.readiness?.renew();
        this.#logging.sinks.reopen();
        releaseFreeMemory();
      },
      perform: (words) => this.#control.perform(words),
    });
    this.#signals = this.#os.listenToSignals(handle, left.map(({ descriptor }) => descriptor));
  }
}
