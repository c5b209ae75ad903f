/** Starts processes: those that are a service, and those that work for one. */
import { shownValue } from "../../base/secret_names.ts";
import type { ServiceConfig } from "../../config/model.ts";
import { jobOfProcess } from "../../service/life/asked_run.ts";
import type { Event } from "../../service/life/event.ts";
import type { Confinement } from "../../base/confinement.ts";
import { ConfigError } from "../../base/errors.ts";
import type { OutputCapture } from "./capture.ts";
import type { Journal } from "../logging/journal.ts";
import {
  describeLaunchProblem,
  launchEnvironment,
  MARKER_VARIABLE,
  ownRequest,
  spawnRequest,
} from "./launch_request.ts";
import type { CallerStreams, Child, Os, SpawnRequest } from "../../door/os.ts";
import { type ConfinedProcess, isConfined } from "./confiner.ts";
import { handSecrets, readSecrets, secretValues } from "./launch_secrets.ts";
import { leavesRoomForMark, limitsOfMark, type ServiceNumbers } from "./process_mark.ts";
import type { ProcessTable } from "./process_table.ts";
import type { CommandListener, Running } from "./running.ts";
import { facilityOf, type ServiceEntry } from "./service_entry.ts";
import type { Triggers } from "./triggers.ts";

/** How a command for a service differs from the service itself. */
export interface CommandOptions {
  /** Reads its output in place of the service's capture. */
  readonly capture?: OutputCapture;
  /**
   * In a group of its own, with both streams piped, and the variables of the service's last launch.
   */
  readonly separate?: boolean;
  /** Added to what it gets otherwise; names that begin with `_` too. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A command that somebody runs beside a service, as that service. */
export interface GuestCommand {
  readonly argv: readonly string[];
  readonly streams: CallerStreams["own"];
  /** What it gets where the service has no such variable. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The first word of a command names no file, or one that cannot be executed. */
export class CommandMissing extends Error {
  readonly kind: "missing" | "not-executable";

  constructor(word: string, kind: CommandMissing["kind"]) {
    super(kind === "missing" ? `there is no program ${word}` : `${word} cannot be executed`);
    this.kind = kind;
  }
}

/**
 * No more commands run for a service at a time: each has pipes to chaperone, and its user can have it
 * begun again and again, `reload_command` by telchap for example, and never end.
 */
const HELPERS_MAX = 32;

export interface LauncherParts {
  readonly os: Os;
  readonly journal: Journal;
  readonly capture: OutputCapture;
  readonly processes: ProcessTable;
  readonly numbers: ServiceNumbers;
  /** Reads also the streams that a service shares with chaperone, to show whose lines they are. */
  readonly capturesInherited?: ((config: ServiceConfig) => boolean) | undefined;
  /** Variables that only a launch knows, such as NOTIFY_SOCKET. Throws `SystemError`. */
  readonly launchVariables?:
    | ((config: ServiceConfig) => Readonly<Record<string, string>>)
    | undefined;
  /** Takes note of a launch, before anything of what the process says is read. */
  readonly launched?: ((config: ServiceConfig, child: Child) => void) | undefined;
  readonly triggers?: (() => Triggers | undefined) | undefined;
  /** Returns where a process enters the control group of a service. @throws {SystemError} */
  readonly groupEntrance?: ((config: ServiceConfig) => string | undefined) | undefined;
  /** Says what is taken from a process of a service. @throws {ConfigError} where that cannot be. */
  readonly confine?:
    | ((config: ServiceConfig, confined: ConfinedProcess) => Confinement | undefined)
    | undefined;
}

export class Launcher {
  readonly #parts: LauncherParts;
  #launches = 0;

  constructor(parts: LauncherParts) {
    this.#parts = parts;
  }

  /** How many launches there have been: the serial numbers of services. */
  get launches(): number {
    return this.#launches;
  }

  /** Goes on counting from there. */
  set launches(count: number) {
    this.#launches = count;
  }

  /** The words that a launch of the service runs. */
  argv(entry: ServiceEntry): string[] {
    return [entry.executable, ...entry.config.argv.slice(1)];
  }

  /** Starts the process of a service; the outcome reaches the service as an event. */
  launch(entry: ServiceEntry): Event {
    const { os, capture, triggers, launchVariables, launched } = this.#parts;
    const { config } = entry;
    const argv = this.argv(entry);
    this.#debug(entry, `${config.name} attempting start '${argv.join(" ")}'... `);
    try {
      const extra = { ...this.#launchVariables(), ...launchVariables?.(config) };
      const inherited = triggers?.()?.inheritance(config);
      const env = launchEnvironment(os, config, { ...extra, ...inherited?.variables });
      this.#noteLaunch(entry, env);
      if (config.debug) this.#logEnvironment(entry, env);
      const request = this.#prepared(
        spawnRequest(config, argv, env, this.#captures(config)),
        entry,
      );
      this.#redact(config, request, capture);
      const child = os.spawn({ ...request, ...ownRequest(config), ...inherited?.request });
      const running = this.#parts.processes.add(child.pid, {
        entry,
        output: undefined,
        attached: false,
        ...(config.type === "cron" ? { serial: this.#launches } : {}),
      });
      running.output = capture.attach(config, child);
      launched?.(config, child);
      const { pid, isLaunching } = child;
      if (isLaunching) return { kind: "spawned", pid, isLaunching };
      this.jobStarted(pid, running);
      return { kind: "spawned", pid };
    } catch (error) {
      const problem = describeLaunchProblem(error);
      return { kind: "spawn-failed", ...problem };
    }
  }

  /** Takes note of a job whose program runs. */
  jobStarted(pid: number, { entry, serial }: Running): void {
    if (entry === undefined || serial === undefined) return;
    const { asked, due } = jobOfProcess(entry.state.phase, pid) ?? {};
    const job = {
      serial,
      pid,
      isAsked: asked !== undefined,
      ...(due === undefined ? {} : { due }),
    };
    this.#parts.triggers?.()?.jobStarted(entry.config.name, job);
  }

  /**
   * Runs a command for a service, with its user and environment, its output captured as the
   * service's unless the options say otherwise. Returns its process, where there is one.
   */
  runFor(
    entry: ServiceEntry,
    argv: readonly string[],
    listener: CommandListener,
    options: CommandOptions = {},
  ): number | undefined {
    return this.#reporting(listener, () => this.#runCommand(entry, argv, listener, options));
  }

  #reporting(listener: CommandListener, start: () => number): number | undefined {
    try {
      return start();
    } catch (error) {
      listener.failed(describeLaunchProblem(error).text);
      return undefined;
    }
  }

  #runCommand(
    entry: ServiceEntry,
    argv: readonly string[],
    listener: CommandListener,
    options: CommandOptions,
  ): number {
    const { os, processes } = this.#parts;
    if (processes.helperCount(entry) >= HELPERS_MAX) {
      const message = `${HELPERS_MAX} commands of ${entry.config.name} are running already`;
      throw new ConfigError([{ message }]);
    }
    const own = (options.separate ? entry.env : undefined) ??
      launchEnvironment(os, entry.config, this.#launchVariables());
    const env = { ...own, ...options.variables };
    const found = os.findExecutable(argv[0] ?? "", env["PATH"], entry.config.directory);
    const words = [found.path, ...argv.slice(1)];
    const plain = spawnRequest(entry.config, words, env, this.#captures(entry.config));
    const request = this.#prepared(plain, entry, { helps: true });
    const capture = options.capture ?? this.#parts.capture;
    this.#redact(entry.config, request, capture);
    const child = os.spawn(
      options.separate ? { ...request, ownSession: true, stdout: "pipe", stderr: "pipe" } : request,
    );
    const output = capture.attach(entry.config, child);
    processes.add(child.pid, {
      entry: undefined,
      helps: entry,
      output,
      attached: false,
      listener,
    });
    return child.pid;
  }

  /**
   * Starts one more process of a service that listens, with a descriptor for all its streams.
   * Returns it, where there is one.
   */
  launchOn(
    entry: ServiceEntry,
    descriptor: number,
    variables: Readonly<Record<string, string>>,
    listener: CommandListener,
  ): number | undefined {
    return this.#reporting(listener, () => this.#serve(entry, descriptor, variables, listener));
  }

  #serve(
    entry: ServiceEntry,
    descriptor: number,
    variables: Readonly<Record<string, string>>,
    listener: CommandListener,
  ): number {
    const { config } = entry;
    const { os } = this.#parts;
    const env = launchEnvironment(os, config, { ...this.#launchVariables(), ...variables });
    this.#noteLaunch(entry, env);
    if (config.debug) this.#logEnvironment(entry, env);
    const streams = { stdin: descriptor, stdout: descriptor, stderr: descriptor };
    const { pid, isLaunching } = os.spawn({
      ...this.#prepared(spawnRequest(config, this.argv(entry), env), entry),
      ...streams,
    });
    this.#parts.processes.add(pid, { entry, output: undefined, attached: false, listener });
    if (!isLaunching) listener.launched?.();
    return pid;
  }

  /** What masks secrets has to read them first. */
  #captures(config: ServiceConfig): boolean {
    return config.redact === true || this.#parts.capturesInherited?.(config) === true;
  }

  #redact(config: ServiceConfig, request: SpawnRequest, capture: OutputCapture): void {
    if (config.redact) capture.redact(config, secretValues(request));
  }

  /**
   * Runs a command as the service would run it, on streams of whoever asked for it. It counts as a
   * process of the service, and ends with it. Returns its number.
   * @throws what `describeLaunchProblem` knows, and `CommandMissing`.
   */
  runGuest(entry: ServiceEntry, command: GuestCommand, listener: CommandListener): number {
    const { os } = this.#parts;
    const { config } = entry;
    const env = { ...command.variables, ...launchEnvironment(os, config, this.#launchVariables()) };
    const word = command.argv[0] ?? "";
    const found = os.findExecutable(word, env["PATH"], config.directory);
    if (found.kind !== "found") throw new CommandMissing(word, found.kind);
    const argv = [found.path, ...command.argv.slice(1)];
    const request = this.#prepared(spawnRequest(config, argv, env), entry, { helps: true });
    const { pid } = os.spawn({ ...request, ...command.streams, ownSession: true });
    entry.wasLaunched = true;
    entry.isMarked ||= this.#canMark(config);
    this.#parts.processes.add(pid, {
      entry,
      isGuest: true,
      output: undefined,
      attached: false,
      listener,
    });
    return pid;
  }

  /** Every process of a service, and every one that works for it, is confined as the service is. */
  #prepared(request: SpawnRequest, entry: ServiceEntry, how = { helps: false }): SpawnRequest {
    const { config } = entry;
    const controlGroup = this.#parts.groupEntrance?.(config);
    const grouped = controlGroup === undefined ? request : { ...request, controlGroup };
    const marked = this.#marked(handSecrets(grouped, readSecrets(this.#parts.os, config)), entry);
    if (!isConfined(config)) return marked;
    const confinement = this.#parts.confine?.(config, { program: request.argv[0] ?? "", ...how });
    // Rather no service than one that has more rights than it should.
    if (confinement === undefined) throw new ConfigError([{ message: "nothing can confine it" }]);
    return { ...marked, confinement };
  }

  /**
   * Every process of a service, and every one that works for it, carries its mark. Where chaperone
   * is not PID 1, whose end is everybody's, it is tied to chaperone.
   */
  #marked(request: SpawnRequest, { config }: ServiceEntry): SpawnRequest {
    const tied = this.#parts.os.isInit ? request : { ...request, endsWithChaperone: true };
    if (!this.#canMark(config)) return tied;
    const mark = limitsOfMark(this.#parts.numbers.of(config.name));
    return { ...tied, limits: [...tied.limits, ...mark] };
  }

  #canMark({ limits }: ServiceConfig): boolean {
    return this.#parts.os.canMark && leavesRoomForMark(limits);
  }

  #noteLaunch(entry: ServiceEntry, env: Readonly<Record<string, string>>): void {
    const { ready, health, pidfile } = entry.config;
    entry.wasLaunched = true;
    entry.isMarked = this.#canMark(entry.config);
    if (pidfile !== undefined) entry.formerPidfile = this.#parts.os.fileStamp(pidfile);
    if (ready?.probe.kind === "exec" || health?.probe.kind === "exec") entry.env = env;
  }

  #launchVariables(): Record<string, string> {
    this.#launches++;
    return {
      _CHAP_SERVICE_SERIAL: String(this.#launches),
      _CHAP_SERVICE_TIME: String(Math.floor(this.#parts.os.wallMs() / 1000)),
    };
  }

  #logEnvironment(entry: ServiceEntry, env: Readonly<Record<string, string>>): void {
    const { name } = entry.config;
    const names = Object.keys(env).filter((key) => key !== MARKER_VARIABLE);
    if (names.length === 0) return this.#debug(entry, `${name} environment is empty`);
    this.#debug(entry, `${name} environment:`);
    for (const key of names.sort()) {
      this.#debug(entry, ` ${key} = '${shownValue(key, env[key] ?? "")}'`);
    }
  }

  #debug(entry: ServiceEntry, text: string): void {
    const { config } = entry;
    const facility = facilityOf(config);
    this.#parts.journal.write({ level: "debug", text, facility, service: config.name });
  }
}
