/** Joins the daemon to the system and runs it until the container ends. */
import type { ChaperoneOptions } from "../config/command_line.ts";
import type { Config } from "../config/model.ts";
import { ConfigApplier, type LoadedConfig } from "../daemon/config_applier.ts";
import { Container } from "../daemon/container.ts";
import { CurrentConfig } from "../daemon/current_config.ts";
import { ExternalWatch } from "../daemon/external_watch.ts";
import { FailureReporter } from "../daemon/failure_reporter.ts";
import { KeptSocket } from "../daemon/kept_socket.ts";
import type { Logging } from "../daemon/logging.ts";
import { OomWatch } from "../daemon/oom_watch.ts";
import { ServiceOutput } from "../daemon/service_output.ts";
import type { ServiceTriggers } from "../daemon/service_triggers.ts";
import { Supervisor } from "../daemon/supervisor.ts";
import type { UpstreamNotify } from "../daemon/upstream_notify.ts";
import { formatProcessTitle } from "../config/start_checks.ts";
import type { Family } from "../service/family.ts";
import { formatExitLine, type ShutdownCause } from "../service/system.ts";
import { releaseFreeMemory } from "../sys/memory.ts";
import { countOomKills } from "../sys/memory_events.ts";
import { createOs, type OwnedOs } from "../sys/os.ts";
import { print } from "../sys/print.ts";
import { setProcessTitle } from "../sys/process_title.ts";
import { reach } from "../sys/reach.ts";
import { catchFaults } from "../sys/faults.ts";
import { listenToSignals, type OwnSignal } from "../sys/signals.ts";
import { becomeSubreaper } from "../sys/subreaper.ts";
import { isInteractive } from "../sys/terminal.ts";
import { keepingParts } from "./keeping.ts";
import { createLogging, openLogging, openSyslog } from "./run_logging.ts";
import { type ControlWiring, wireControl } from "./run_control.ts";
import { importParts, type RunParts } from "./run_parts.ts";
import type { ReadinessWiring } from "./run_readiness.ts";
import type { HttpWiring } from "./serve_http.ts";

const SIGINT_EXIT_CODE = 130;

/** After the start the busy time is over, or the first second of it. */
const SETTLED_MS = 1000;

/** Programs stay connected to the socket that they found when they first logged. */
const FORMER_SYSLOGS_MAX = 4;

export interface RunRequest {
  readonly config: Config;
  readonly family: Family;
  readonly options: ChaperoneOptions;
  readonly programName: string;
  readonly version: string;
  readonly variables: Readonly<Record<string, string>>;
  /** What loading had to say, told once logging is there. */
  readonly early: readonly string[];
  /** Loads the configuration anew, as at the start. Rejects with what that throws. */
  readonly reload: () => Promise<LoadedConfig>;
}

/** Runs the container and returns its exit status. Does not throw once services may have started. */
export async function runContainer(request: RunRequest): Promise<number> {
  const parts = await importParts(request);
  const os = createOs();
  const logging = createLogging(request);
  const problem = openLogging(logging, request);
  if (problem !== undefined) {
    await logging.close();
    return 1;
  }
  const current = new CurrentConfig(request.config, request.family);
  const live = { ...request, family: current.family };
  const run = new ContainerRun(live, parts, os, logging, current);
  return await run.run();
}

class ContainerRun {
  readonly #request: RunRequest;
  readonly #os: OwnedOs;
  readonly #logging: Logging;
  readonly #container: Container;
  readonly #parts: RunParts;
  #readiness: ReadinessWiring | undefined;
  readonly #upstream: UpstreamNotify | undefined;
  #triggers: ServiceTriggers | undefined;
  readonly #control: ControlWiring;
  readonly #supervisor: Supervisor;
  readonly #finished = Promise.withResolvers<ShutdownCause>();
  readonly #syslog: KeptSocket;
  #http: HttpWiring | undefined;

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
    this.#logging = logging;
    const { family } = request;
    this.#container = new Container({
      get config() {
        return current.config;
      },
      family,
      os,
      journal: logging,
      finish: (cause) => this.#finished.resolve(cause),
      booted: () => {
        this.#upstream?.ready();
        this.#http?.system("running");
        os.setTimer(SETTLED_MS, releaseFreeMemory);
      },
      ending: (cause) => {
        this.#triggers?.end();
        this.#upstream?.ending(cause);
        this.#http?.system("draining");
      },
    });
    this.#syslog = new KeptSocket({
      title: "syslog socket",
      open: () => openSyslog(logging, request),
      formerMax: FORMER_SYSLOGS_MAX,
      ...keepingParts(os, logging),
    });
    const supervisor = this.#createSupervisor(request, os, logging);
    this.#supervisor = supervisor;
    this.#container.use(supervisor);
    this.#wireServices(parts);
    const { ring } = logging.router;
    new FailureReporter({ supervisor, family, journal: logging, ring });
    this.#upstream = parts.upstream?.connectUpstream(request, os, logging, supervisor);
    this.#control = wireControl(request, {
      supervisor,
      container: this.#container,
      os,
      logging,
      triggers: () => this.#triggers,
      current,
      applier: this.#createApplier(current),
    });
  }

  /** Makes what services need of the daemon. What is there stays. */
  #wireServices({ readiness, triggers }: RunParts): void {
    if (readiness && !this.#readiness) {
      this.#readiness = readiness.wireReadiness(this.#request, this.#os, this.#logging);
      this.#readiness.follow(this.#supervisor);
    }
    if (triggers && !this.#triggers) {
      this.#triggers = new triggers.ServiceTriggers({ os: this.#os, journal: this.#logging });
      this.#triggers.use(this.#supervisor);
    }
  }

  #createApplier(current: CurrentConfig): ConfigApplier {
    const [request, os, logging] = [this.#request, this.#os, this.#logging];
    return new ConfigApplier({
      current,
      supervisor: this.#supervisor,
      container: this.#container,
      os,
      load: async () => {
        os.setTimer(SETTLED_MS, releaseFreeMemory);
        const loaded = await request.reload();
        this.#wireServices(await importParts({ ...request, config: loaded.config }));
        return loaded;
      },
      prepareLogging: (sections) => logging.prepare(sections),
    });
  }

  #createSupervisor({ config, family }: RunRequest, os: OwnedOs, logging: Logging): Supervisor {
    const memory = new OomWatch({ count: countOomKills, nowMs: os.nowMs });
    return new Supervisor({
      services: config.services,
      family,
      os,
      journal: logging,
      capture: new ServiceOutput(logging.router, logging.sinks),
      externals: new ExternalWatch({ reach, setTimer: os.setTimer, nowMs: os.nowMs }),
      listener: this.#container,
      // A program at the terminal has it to itself, whatever the lines of services look like.
      capturesInherited: ({ name }) =>
        config.settings.console !== "plain" && !(name === "CONSOLE" && isInteractive()),
      outOfMemory: () => memory.explains(),
      triggers: () => this.#triggers,
      launchVariables: (service) => this.#readiness?.supervisorParts.launchVariables(service) ?? {},
      launched: (service, child) => this.#readiness?.supervisorParts.launched(service, child),
    });
  }

  async run(): Promise<number> {
    const { programName, options } = this.#request;
    setProcessTitle(formatProcessTitle(programName, options.command));
    if (!this.#os.isInit && !becomeSubreaper()) {
      this.#logging.write({
        level: "warn",
        text: "cannot become a subreaper: orphans are not reaped",
      });
    }
    const stopCatching = catchFaults((error) => this.#tellFault(error));
    const stopListening = listenToSignals((signal) => this.#signalled(signal));
    await this.#syslog.open();
    this.#greet();
    await this.#control.open();
    this.#openHttp();
    this.#container.boot();
    const cause = await this.#finished.promise;
    await this.#http?.close();
    await this.#control.close();
    this.#triggers?.close();
    await Promise.all([this.#readiness?.close(), this.#upstream?.close()]);
    await this.#syslog.close();
    this.#tellEnd(cause);
    await this.#logging.close();
    stopListening();
    stopCatching();
    await this.#os.close();
    return cause.exitCode;
  }

  /** The last line. A task that went well has said on the terminal what it had to say. */
  #tellEnd(cause: ShutdownCause): void {
    const text = formatExitLine(cause);
    if (cause.exitCode !== 0) return this.#logging.writeVisibly({ level: "err", text });
    if (this.#request.options.task) return this.#logging.write({ level: "notice", text });
    this.#logging.writeVisibly({ level: "notice", text });
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
      schedules: () => this.#triggers,
    });
  }

  /** A mistake of chaperone's own: it is told with its place, and the container goes on. */
  #tellFault(error: unknown): void {
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    this.#logging.write({ level: "err", text: `internal error, the container goes on: ${text}` });
  }

  #greet(): void {
    const { options, version, early, config } = this.#request;
    const info = (text: string) => this.#logging.write({ level: "info", text });
    const warn = (text: string) => this.#logging.write({ level: "warn", text });
    info(`chaperone version ${version}, ready.`);
    for (const text of early) warn(text);
    if (options.debug) {
      this.#logging.write({ level: "debug", text: `FULL CONFIGURATION: ${config.dump}` });
    }
    if (options.ignoreFailures) {
      warn("ignoring failures on all service startups due to --ignore-failures");
    }
    if (options.disableServices && config.services.length > 1) {
      warn("services will not be configured due to --disable-services");
    }
  }

  #signalled(signal: OwnSignal): void {
    switch (signal) {
      case "SIGTERM":
        return this.#container.shutdown({ exitCode: 0, reason: "SIGTERM was received" });
      case "SIGINT":
        print("stdout", ["", "Ctrl-C ... killing chaperone."]);
        return this.#container.shutdown({
          exitCode: SIGINT_EXIT_CODE,
          reason: "SIGINT was received",
          errno: 4,
          forced: true,
        });
      case "SIGHUP":
        this.#syslog.renew();
        this.#control.renew();
        this.#logging.sinks.reopen();
        return releaseFreeMemory();
      case "SIGUSR1":
      case "SIGUSR2":
        return;
      default:
        return signal satisfies never;
    }
  }
}
