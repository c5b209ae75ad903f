/**
 * A container on a table whose configuration is exchanged. Service `x` runs the program that its first word
 * names, which ends when it is signalled; a program whose name ends in `!` fails shortly after its launch.
 */
import type { Config, LoggingConfig, ServiceConfig, Settings } from "../../../lib/config/model.ts";
import {
  type ApplyOutcome,
  ConfigApplier,
  type LoadedConfig,
} from "../../../lib/daemon/config_applier.ts";
import { Container } from "../../../lib/daemon/container.ts";
import { CurrentConfig } from "../../../lib/daemon/current_config.ts";
import { ExternalWatch } from "../../../lib/daemon/external_watch.ts";
import type { JournalEntry } from "../../../lib/daemon/journal.ts";
import type { Child, SpawnRequest } from "../../../lib/daemon/os.ts";
import { ServiceTriggers } from "../../../lib/daemon/service_triggers.ts";
import { Supervisor } from "../../../lib/daemon/supervisor.ts";
import { buildFamily } from "../../../lib/service/family.ts";
import type { ShutdownCause } from "../../../lib/service/system.ts";
import { serviceConfig } from "../service/service_config.ts";
import { DEFAULT_SETTINGS } from "./default_settings.ts";
import { FakeOs } from "./fake_os.ts";

const STARTUP_PAUSE_MS = 50;

export class ObedientOs extends FakeOs {
  override spawn(request: SpawnRequest): Child {
    const child = super.spawn(request);
    const word = request.argv[0] ?? "";
    if (word.endsWith("!")) this.#endSoon(child.pid, 3);
    return child;
  }

  override kill(pid: number, signal: number): boolean {
    const exists = super.kill(pid, signal);
    if (exists && signal !== 0) this.#endSoon(Math.abs(pid), 0);
    return exists;
  }

  #endSoon(pid: number, code: number): void {
    this.setTimer(5, () => {
      const word = this.living.get(pid)?.argv[0];
      if (word !== undefined) this.end(word.replace("/bin/", ""), { kind: "exited", code });
    });
  }

  /** Process numbers by program. */
  get running(): Record<string, number> {
    const programs = [...this.living].map(([pid, { argv }]) =>
      [(argv[0] ?? "").replace("/bin/", ""), pid] as const
    );
    return Object.fromEntries(programs.sort(([a], [b]) => a < b ? -1 : 1));
  }
}

export type Services = Readonly<Record<string, Partial<ServiceConfig>>>;

/** Makes a configuration. */
export function configOf(
  services: Services,
  settings: Partial<Settings> = {},
  loggings: readonly LoggingConfig[] = [],
): Config {
  return {
    settings: { ...DEFAULT_SETTINGS, ...settings },
    services: Object.entries(services).map(([name, differing]) =>
      serviceConfig({
        name: `${name}.service`,
        argv: [name],
        startupPauseMs: STARTUP_PAUSE_MS,
        ...differing,
      })
    ),
    loggings,
    warnings: [],
    dump: "",
    repeats: [],
  };
}

export class ApplyBench {
  readonly os = new ObedientOs();
  readonly messages: JournalEntry[] = [];
  readonly current: CurrentConfig;
  readonly container: Container;
  readonly supervisor: Supervisor;
  readonly triggers: ServiceTriggers;
  readonly applier: ConfigApplier;
  /** What loading gives next, or throws. */
  next: Config | Error;
  /** What became of logging: `prepare a.logging`, `commit`, `abandon`. */
  readonly logging: string[] = [];
  finished: ShutdownCause | undefined;

  constructor(config: Config) {
    const { os } = this;
    const journal = { write: (entry: JournalEntry) => void this.messages.push(entry) };
    const current = new CurrentConfig(config, buildFamily(config.services));
    this.current = current;
    this.next = config;
    const { family } = current;
    this.container = new Container({
      get config() {
        return current.config;
      },
      family,
      os,
      journal,
      finish: (cause) => this.finished = cause,
      booted: () => {},
      ending: () => {},
    });
    this.triggers = new ServiceTriggers({ os, journal });
    this.supervisor = new Supervisor({
      services: config.services,
      family,
      os,
      journal,
      capture: { attach: () => undefined },
      externals: new ExternalWatch({
        reach: () => Promise.resolve(undefined),
        setTimer: (ms, callback) => os.setTimer(ms, callback),
        nowMs: () => os.nowMs(),
      }),
      listener: this.container,
      triggers: () => this.triggers,
    });
    this.container.use(this.supervisor);
    this.triggers.use(this.supervisor);
    this.applier = new ConfigApplier({
      current,
      supervisor: this.supervisor,
      container: this.container,
      os,
      load: () => this.#load(),
      prepareLogging: (sections) => {
        this.logging.push(`prepare ${sections.map(({ name }) => name).join(" ")}`);
        return {
          commit: () => void this.logging.push("commit"),
          abandon: () => void this.logging.push("abandon"),
        };
      },
    });
    this.container.boot();
    os.advance(200);
  }

  /** Applies a configuration, and lets as much time pass as that takes. */
  async apply(config: Config | Error, limitMs?: number): Promise<ApplyOutcome> {
    this.next = config;
    return await this.untilDone(this.applier.apply(await this.applier.preview(), limitMs));
  }

  /** Lets time pass until a promise has settled. */
  async untilDone<T>(promise: Promise<T>): Promise<T> {
    let isDone = false;
    const note = () => void (isDone = true);
    promise.then(note, note);
    for (let round = 0; round < 5000 && !isDone; round++) {
      for (let tick = 0; tick < 10; tick++) await Promise.resolve();
      if (!isDone) this.os.advance(100);
    }
    return await promise;
  }

  phase(name: string): string {
    return this.supervisor.state(`${name}.service`).phase.kind;
  }

  #load(): Promise<LoadedConfig> {
    if (this.next instanceof Error) return Promise.reject(this.next);
    return Promise.resolve({
      config: this.next,
      family: buildFamily(this.next.services),
      notices: [],
    });
  }
}
