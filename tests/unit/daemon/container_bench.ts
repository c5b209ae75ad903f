/** A container on a table. Each service `x` runs the program `x`, and is up as soon as it runs. */
import type { Settings } from "../../../lib/config/model.ts";
import type { ScheduleBook } from "../../../lib/daemon/triggers/schedule_book.ts";
import type { Handover } from "../../../lib/daemon/container/handover.ts";
import { decodePlainData, encodePlainData } from "../../../lib/wire/plain_data.ts";
import { Assembly, configFrom, type Services } from "./assembly.ts";
import { FakeOs } from "./fake_os.ts";

export const EXIT_3 = { kind: "exited", code: 3 } as const;
export const TERMED = { kind: "signaled", signal: 15, coreDumped: false } as const;

export class Bench extends Assembly {
  readonly os: FakeOs;
  readonly #services: Services;
  readonly #settings: Partial<Settings>;

  readonly #book: (() => Promise<ScheduleBook | undefined>) | undefined;

  constructor(
    services: Services,
    settings: Partial<Settings> = {},
    os = new FakeOs(),
    book?: () => Promise<ScheduleBook | undefined>,
  ) {
    super(configFrom(services, { startupPauseMs: 0 }, { settings }), os, book);
    this.#book = book;
    this.os = os;
    this.#services = services;
    this.#settings = settings;
  }

  /** Executes the program anew, and returns what the next incarnation makes of what it was left. */
  replace(): Bench {
    const left = decodePlainData(encodePlainData({
      container: this.container.handOver(),
      supervisor: this.supervisor.handOver(),
      triggers: this.triggers.handOver(),
    })) as Required<Pick<Handover, "container" | "supervisor" | "triggers">>;
    this.os.execute();
    const next = new Bench(this.#services, this.#settings, this.os, this.#book);
    next.messages.push(...this.messages);
    next.booted = this.booted;
    next.container.takeOver(left.container);
    next.supervisor.takeOver(left.supervisor);
    next.triggers.takeOver(left.triggers);
    next.supervisor.goOn(left.supervisor);
    next.container.goOn();
    return next;
  }

  term(): void {
    this.container.shutdown({ exitCode: 0, reason: "SIGTERM" });
  }
}
