/** A container on a table: everything that lib/daemon puts together, over a system that does nothing. */
import type { ServiceConfig, Settings } from "../../../lib/config/model.ts";
import { Container } from "../../../lib/daemon/container.ts";
import { ExternalWatch } from "../../../lib/daemon/external_watch.ts";
import type { Handover } from "../../../lib/daemon/handover.ts";
import type { JournalEntry } from "../../../lib/daemon/journal.ts";
import { ServiceTriggers } from "../../../lib/daemon/service_triggers.ts";
import { Supervisor } from "../../../lib/daemon/supervisor.ts";
import { buildFamily } from "../../../lib/service/family.ts";
import type { ShutdownCause } from "../../../lib/service/system.ts";
import { decodePlainData, encodePlainData } from "../../../lib/wire/plain_data.ts";
import { serviceConfig } from "../service/service_config.ts";
import { DEFAULT_SETTINGS } from "./default_settings.ts";
import { FakeOs } from "./fake_os.ts";

export const EXIT_3 = { kind: "exited", code: 3 } as const;
export const TERMED = { kind: "signaled", signal: 15, coreDumped: false } as const;

/** A container on a table. Each service `x` runs the program `x`, and is up as soon as it runs. */
export class Bench {
  readonly os: FakeOs;
  readonly messages: JournalEntry[] = [];
  readonly container: Container;
  readonly supervisor: Supervisor;
  finished: ShutdownCause | undefined;
  booted = false;
  readonly triggers: ServiceTriggers;

  readonly #services: Record<string, Partial<ServiceConfig>>;
  readonly #settings: Partial<Settings>;

  constructor(
    services: Record<string, Partial<ServiceConfig>>,
    settings: Partial<Settings> = {},
    os = new FakeOs(),
  ) {
    this.os = os;
    this.#services = services;
    this.#settings = settings;
    const configs = Object.entries(services).map(([name, differing]) =>
      serviceConfig({ name: `${name}.service`, argv: [name], startupPauseMs: 0, ...differing })
    );
    const family = buildFamily(configs);
    const journal = { write: (entry: JournalEntry) => void this.messages.push(entry) };
    this.container = new Container({
      config: {
        settings: { ...DEFAULT_SETTINGS, ...settings },
        services: configs,
        loggings: [],
        warnings: [],
        dump: "",
        repeats: [],
      },
      family,
      os: this.os,
      journal,
      finish: (cause) => this.finished = cause,
      booted: () => this.booted = true,
      ending: () => this.triggers.end(),
    });
    this.triggers = new ServiceTriggers({ os: this.os, journal });
    this.supervisor = new Supervisor({
      services: configs,
      family,
      os: this.os,
      journal,
      capture: { attach: () => undefined },
      externals: new ExternalWatch({
        reach: () => Promise.resolve(undefined),
        setTimer: (ms, callback) => this.os.setTimer(ms, callback),
        nowMs: () => this.os.nowMs(),
      }),
      listener: this.container,
      triggers: () => this.triggers,
    });
    this.container.use(this.supervisor);
    this.triggers.use(this.supervisor);
  }

  boot(): this {
    this.container.boot();
    return this;
  }

  /** Executes the program anew, and returns what the next image makes of what it was left. */
  replace(): Bench {
    const left = decodePlainData(encodePlainData({
      container: this.container.handOver(),
      supervisor: this.supervisor.handOver(),
      triggers: this.triggers.handOver(),
    })) as Required<Pick<Handover, "container" | "supervisor" | "triggers">>;
    this.os.execute();
    const next = new Bench(this.#services, this.#settings, this.os);
    next.messages.push(...this.messages);
    next.booted = this.booted;
    next.container.takeOver(left.container);
    next.supervisor.takeOver(left.supervisor);
    next.triggers.takeOver(left.triggers);
    next.supervisor.goOn(left.supervisor);
    next.container.goOn();
    return next;
  }

  texts(level: string): string[] {
    return this.messages.filter((entry) => entry.level === level).map((entry) => entry.text);
  }

  term(): void {
    this.container.shutdown({ exitCode: 0, reason: "SIGTERM" });
  }
}
