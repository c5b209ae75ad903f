/**
 * Everything that lib/daemon puts together for a container, over a system that does nothing by
 * itself.
 */
import type { Config, LoggingConfig, ServiceConfig, Settings } from "../../../lib/config/model.ts";
import { Container } from "../../../lib/daemon/container/container.ts";
import { CurrentConfig } from "../../../lib/daemon/container/current_config.ts";
import { Roller } from "../../../lib/daemon/renewal/roller.ts";
import { ExternalWatch } from "../../../lib/daemon/services/external_watch.ts";
import type { Journal, JournalEntry } from "../../../lib/daemon/logging/journal.ts";
import type { ScheduleBook } from "../../../lib/daemon/triggers/schedule_book.ts";
import { ServiceTriggers } from "../../../lib/daemon/triggers/service_triggers.ts";
import { Supervisor } from "../../../lib/daemon/services/supervisor.ts";
import { buildFamily } from "../../../lib/service/family.ts";
import type { ShutdownCause } from "../../../lib/service/ending/exit_causes.ts";
import { serviceConfig } from "../service/service_config.ts";
import { DEFAULT_SETTINGS } from "./default_settings.ts";
import type { FakeOs } from "./fake_os.ts";

/** What differs from the defaults, by short name. */
export type Services = Readonly<Record<string, Partial<ServiceConfig>>>;

/** Makes a configuration in which each service `x` runs the program `x`. */
export function configFrom(
  services: Services,
  common: Partial<ServiceConfig>,
  more: { settings?: Partial<Settings>; loggings?: readonly LoggingConfig[] } = {},
): Config {
  return {
    settings: { ...DEFAULT_SETTINGS, ...more.settings },
    services: Object.entries(services).map(([name, differing]) =>
      serviceConfig({ name: `${name}.service`, argv: [name], ...common, ...differing })
    ),
    loggings: more.loggings ?? [],
    launched: [],
    alerts: [],
    warnings: [],
    dump: "",
    repeats: [],
    written: new Map(),
  };
}

/** A container that has not been booted. */
export class Assembly {
  readonly messages: JournalEntry[] = [];
  readonly journal: Journal = { write: (entry) => void this.messages.push(entry) };
  readonly current: CurrentConfig;
  readonly container: Container;
  readonly supervisor: Supervisor;
  readonly triggers: ServiceTriggers;
  readonly roller: Roller;
  finished: ShutdownCause | undefined;
  booted = false;

  constructor(config: Config, os: FakeOs, book?: () => Promise<ScheduleBook | undefined>) {
    const { journal } = this;
    const current = new CurrentConfig(config, buildFamily(config.services));
    this.current = current;
    const { family } = current;
    this.container = new Container({
      get config() {
        return current.config;
      },
      family,
      os,
      journal,
      finish: (cause) => this.finished = cause,
      booted: () => this.booted = true,
      ending: () => this.triggers.end(),
    });
    this.triggers = new ServiceTriggers({ os, journal, ...(book ? { book } : {}) });
    this.supervisor = new Supervisor({
      services: config.services,
      family,
      os,
      journal,
      capture: { redact: () => {}, attach: () => undefined },
      externals: new ExternalWatch({
        reach: () => Promise.resolve(undefined),
        setTimer: (ms, callback) => os.setTimer(ms, callback),
        nowMs: () => os.nowMs(),
      }),
      listener: this.container,
      triggers: () => this.triggers,
      confine: () => ({ noNewPrivs: true }),
    });
    this.container.use(this.supervisor);
    this.triggers.use(this.supervisor);
    this.roller = new Roller({
      ...{ os, journal, supervisor: this.supervisor },
      checkExecutable: (name) => this.container.checkExecutable(name),
      stopTimeoutMs: () => 8000,
    });
  }

  boot(): this {
    this.container.boot();
    return this;
  }

  /** What has been said of one level. */
  texts(level: string): string[] {
    return this.messages.filter((entry) => entry.level === level).map((entry) => entry.text);
  }
}
