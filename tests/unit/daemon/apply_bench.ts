/**
 * A container on a table whose configuration is exchanged. Service `x` runs the program that its
 * first word names, which ends when it is signalled; a program whose name ends in `!` fails shortly
 * after its launch.
 */
import type { Config, LoggingConfig, Settings } from "../../../lib/config/model.ts";
import type { LoadedConfig } from "../../../lib/daemon/container/apply_preview.ts";
import { type ApplyOutcome, ConfigApplier } from "../../../lib/daemon/container/config_applier.ts";
import type { Child, SpawnRequest } from "../../../lib/door/os.ts";
import { buildFamily } from "../../../lib/service/family.ts";
import { Assembly, configFrom, type Services } from "./assembly.ts";
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

/** Makes a configuration. */
export function configOf(
  services: Services,
  settings: Partial<Settings> = {},
  loggings: readonly LoggingConfig[] = [],
): Config {
  return configFrom(services, { startupPauseMs: STARTUP_PAUSE_MS }, { settings, loggings });
}

export class ApplyBench extends Assembly {
  readonly os: ObedientOs;
  readonly applier: ConfigApplier;
  /** Where the next configuration would be, if there is nothing. */
  missingPath: string | undefined;
  /** What loading gives next, or throws. */
  next: Config | Error;
  /** What became of logging: `prepare a.logging`, `commit`, `abandon`. */
  readonly logging: string[] = [];

  constructor(config: Config) {
    const os = new ObedientOs();
    super(config, os);
    this.os = os;
    this.next = config;
    const { current } = this;
    this.applier = new ConfigApplier({
      current,
      supervisor: this.supervisor,
      container: this.container,
      os,
      load: () => this.#load(),
      roller: () => Promise.resolve(this.roller),
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
      missingPath: this.missingPath,
      notices: [],
    });
  }
}
