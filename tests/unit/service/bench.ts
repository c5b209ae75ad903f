/** One service on a table: events go in, everything that comes out is kept. */
import type { ServiceConfig } from "../../../lib/config/model.ts";
import type { Effect, Event } from "../../../lib/service/life/event.ts";
import { initialState, type Phase, type ServiceState } from "../../../lib/service/life/phase.ts";
import { step } from "../../../lib/service/life/step.ts";
import { serviceConfig } from "./service_config.ts";

export const EXIT_0 = { kind: "exited", code: 0 } as const;
export const EXIT_3 = { kind: "exited", code: 3 } as const;
export const KILLED = { kind: "signaled", signal: 9, coreDumped: false } as const;
export const TERMED = { kind: "signaled", signal: 15, coreDumped: false } as const;

export class Bench {
  state: ServiceState;
  /** What the last event found. */
  before: Phase = { kind: "down" };
  nowMs = 0;
  effects: Effect[] = [];
  readonly config: ServiceConfig;

  constructor(config: Partial<ServiceConfig> = {}) {
    this.config = serviceConfig(config);
    this.state = initialState(this.config.enabled);
  }

  on(event: Event): this {
    const result = step(this.state, event, {
      config: this.config,
      nowMs: this.nowMs,
      random: 0,
      executable: "/bin/run",
    });
    this.before = this.state.phase;
    this.state = result.state;
    this.effects = [...result.effects];
    return this;
  }

  after(ms: number): this {
    this.nowMs += ms;
    return this.on({ kind: "deadline", strays: [] });
  }

  /** Up to the process of the service, which has pid 7. */
  launched(pid = 7): this {
    return this.on({ kind: "start" }).on({ kind: "prerequisites-ready" }).on({
      kind: "spawned",
      pid,
    });
  }

  /** Up to the process of the service, which is not its program yet. */
  launching(pid = 7): this {
    return this.on({ kind: "start" }).on({ kind: "prerequisites-ready" })
      .on({ kind: "spawned", pid, isLaunching: true });
  }

  up(): this {
    return this.launched().after(this.config.startupPauseMs);
  }

  exited(status: typeof EXIT_0 | typeof EXIT_3 | typeof KILLED | typeof TERMED, pid = 7): this {
    return this.on({ kind: "exited", pid, status, strays: [] });
  }

  stop(budgetMs = 8000, strays: number[] = []): this {
    return this.on({ kind: "stop", cause: "request", budgetMs, strays });
  }

  get phase(): Phase {
    return this.state.phase;
  }

  logged(level: string): string[] {
    return this.effects.flatMap((e) => e.kind === "log" && e.level === level ? [e.text] : []);
  }

  effect<K extends Effect["kind"]>(kind: K): Extract<Effect, { kind: K }> | undefined {
    return this.effects.find((e): e is Extract<Effect, { kind: K }> => e.kind === kind);
  }
}
