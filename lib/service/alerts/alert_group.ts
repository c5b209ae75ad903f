/**
 * What one alert section tells, and when: events that come together go into one message, what has
 * been told is not told again for a while but counted, and no more messages go out than its limit
 * allows. Knows no clock; whoever asks says what time it is.
 */
import type { AlertConfig, AlertEvent } from "../../config/alert_model.ts";

/** Something that has happened. */
export interface AlertNews {
  readonly event: AlertEvent | "restarts" | "test";
  /** Absent: the container as a whole. */
  readonly service?: string;
  readonly wallMs: number;
  readonly text: string;
  /** The last that the service wrote. */
  readonly lines?: readonly string[];
  /** With "recovered": what had been told. */
  readonly of?: readonly string[];
}

/** News of a message, and how often it has happened since it was told last. */
export interface CountedNews extends AlertNews {
  readonly count: number;
}

/** What another incarnation takes over. */
export interface GroupHandover {
  readonly pending: readonly CountedNews[];
  readonly firstMs: number | undefined;
  readonly told: readonly (readonly [string, number])[];
  readonly counted: readonly (readonly [string, number])[];
  readonly open: readonly (readonly [string, readonly string[]])[];
  readonly sentMs: readonly number[];
}

/** What stays open for a service until it has recovered. */
const PROBLEMS: ReadonlySet<string> = new Set([
  "failed",
  "gave_up",
  "oom",
  "unhealthy",
  "job_failed",
  "restarts",
  "stop_overdue",
  "degraded",
]);

/** A message of more events says how many there were. */
const PENDING_MAX = 50;

export class AlertGroup {
  config: AlertConfig;
  readonly #pending = new Map<string, CountedNews>();
  #firstMs: number | undefined;
  /** When each event of each service was told last, and how often it has happened since. */
  readonly #told = new Map<string, number>();
  readonly #counted = new Map<string, number>();
  /** What is open for services that have not recovered. */
  readonly #open = new Map<string, Set<string>>();
  #sentMs: number[] = [];
  /** Events that no message was sent for: told lately, or too many at once. */
  suppressed = 0;

  constructor(config: AlertConfig) {
    this.config = config;
  }

  /** Whether the section reports such an event at all. */
  tells({ event }: AlertNews): boolean {
    const { enabled, events, restarts } = this.config;
    if (!enabled) return false;
    if (event === "restarts") return restarts.length > 0;
    if (event === "test") return true;
    return events.includes(event) || (event === "gave_up" && events.includes("failed"));
  }

  /** Takes note of what has happened. */
  add(news: AlertNews, nowMs: number): void {
    const { service = "", event } = news;
    if (PROBLEMS.has(event)) {
      const open = this.#open.get(service) ?? new Set();
      this.#open.set(service, open.add(event));
    }
    const key = `${event} ${service}`;
    const pending = this.#pending.get(key);
    const toldMs = this.#told.get(key);
    const isTold = toldMs !== undefined && nowMs - toldMs < this.config.repeatMs;
    const isOnce = event === "recovered" || event === "ended";
    if (pending === undefined && isTold && !isOnce) {
      this.suppressed++;
      this.#counted.set(key, (this.#counted.get(key) ?? 0) + 1);
      return;
    }
    if (pending === undefined && this.#pending.size >= PENDING_MAX) {
      this.suppressed++;
      return;
    }
    const count = (pending?.count ?? this.#counted.get(key) ?? 0) + 1;
    this.#counted.delete(key);
    this.#pending.set(key, { ...news, count });
    this.#firstMs ??= nowMs;
  }

  /** What is open for a service that has not recovered; empty: nothing. */
  openOf(service: string): readonly string[] {
    return [...this.#open.get(service) ?? []];
  }

  /** The service is well again, but for what `stays`: reports that, where anything was reported. */
  recovered(news: AlertNews, nowMs: number, stays?: AlertEvent): void {
    const { service = "" } = news;
    const open = this.openOf(service);
    const of = open.filter((event) => event !== stays);
    if (of.length === 0) return;
    this.#open.set(service, new Set(open.filter((event) => event === stays)));
    for (const event of of) this.#told.delete(`${event} ${service}`);
    if (this.tells(news)) this.add({ ...news, of }, nowMs);
  }

  /** When a message is to be sent, by the monotonic clock; undefined: there is nothing to tell. */
  dueMs(nowMs: number): number | undefined {
    if (this.#firstMs === undefined) return undefined;
    const { groupWaitMs, rateLimit } = this.config;
    const wantedMs = this.#firstMs + groupWaitMs;
    this.#sentMs = this.#sentMs.filter((atMs) => nowMs - atMs < rateLimit.periodMs);
    const most = Math.max(1, Math.floor(rateLimit.count));
    if (this.#sentMs.length < most) return wantedMs;
    const oldestMs = this.#sentMs[this.#sentMs.length - most] as number;
    return Math.max(wantedMs, oldestMs + rateLimit.periodMs);
  }

  /** Returns what is to be told, which then has been. */
  take(nowMs: number): readonly CountedNews[] {
    const news = [...this.#pending.values()];
    for (const [key] of this.#pending) this.#told.set(key, nowMs);
    this.#pending.clear();
    this.#firstMs = undefined;
    if (news.length > 0) this.#sentMs.push(nowMs);
    return news;
  }

  handOver(): GroupHandover {
    return {
      pending: [...this.#pending.values()],
      firstMs: this.#firstMs,
      told: [...this.#told],
      counted: [...this.#counted],
      open: [...this.#open].map(([service, events]) => [service, [...events]] as const),
      sentMs: this.#sentMs,
    };
  }

  takeOver({ pending, firstMs, told, counted, open, sentMs }: GroupHandover): void {
    for (const news of pending) this.#pending.set(`${news.event} ${news.service ?? ""}`, news);
    this.#firstMs = firstMs;
    for (const [key, atMs] of told) this.#told.set(key, atMs);
    for (const [key, count] of counted) this.#counted.set(key, count);
    for (const [service, events] of open) this.#open.set(service, new Set(events));
    this.#sentMs = [...sentMs];
  }
}
