/**
 * chaperone as a notify service itself: tells whoever runs the container that it is ready, how it
 * is doing and that it ends, as sd_notify(3) and chaperone 0.3.9 have it. One message a datagram,
 * in order. An upstream that does not take them is given up with a debug message; the container
 * does not care.
 */
import { SystemError } from "../../base/errors.ts";
import { isStarted } from "../../service/life/phase.ts";
import { formatStatusText, type StatusCounts } from "../../service/texts/status_text.ts";
import type { ShutdownCause } from "../../service/ending/exit_causes.ts";
import type { Journal } from "../logging/journal.ts";
import type { Os } from "../../door/os.ts";
import type { Supervisor } from "../services/supervisor.ts";

/** How long the last messages may take to leave. */
const LAST_WORDS_MS = 1000;

/** What the upstream manager put into chaperone's environment. */
export interface UpstreamAddress {
  /** `/path` or `@abstract`. */
  readonly socket: string;
  /** How long chaperone may be silent; absent: for ever. */
  readonly watchdogMs?: number;
}

/**
 * Reads the environment that chaperone was given; undefined where nobody wants to hear from it.
 * @param pid chaperone's own: a watchdog may be meant for another process, sd_watchdog_enabled(3).
 */
export function findUpstream(
  variables: Readonly<Record<string, string>>,
  pid: number,
): UpstreamAddress | undefined {
  const socket = variables["NOTIFY_SOCKET"];
  if (!socket) return undefined;
  const usec = Number(variables["WATCHDOG_USEC"] ?? "");
  const isMeant = [undefined, "", String(pid)].includes(variables["WATCHDOG_PID"]);
  const hasWatchdog = isMeant && Number.isFinite(usec) && usec > 0;
  return { socket, ...(hasWatchdog ? { watchdogMs: usec / 1000 } : {}) };
}

export interface UpstreamParts {
  readonly address: UpstreamAddress;
  /** Sends one datagram, waiting for a receiver that is busy. Rejects with `SystemError`. */
  send(text: string): Promise<void>;
  readonly os: Pick<Os, "setTimer" | "nowMs">;
  readonly journal: Journal;
  /** 0: no STATUS after the first. */
  readonly statusIntervalMs: number;
  counts(): StatusCounts;
}

export class UpstreamNotify {
  readonly #parts: UpstreamParts;
  #sending: Promise<void> = Promise.resolve();
  #isUsable = true;
  #readySinceMs: number | undefined;
  #isEnding = false;
  #cancelStatus: () => void = () => {};
  #cancelWatchdog: () => void = () => {};

  constructor(parts: UpstreamParts) {
    this.#parts = parts;
    this.#feedWatchdog();
  }

  /** All start attempts have been made, and the system is well. */
  ready(): void {
    if (this.#isEnding || this.#readySinceMs !== undefined) return;
    this.#readySinceMs = this.#parts.os.nowMs();
    this.#send("READY=1");
    this.#tellStatus();
  }

  /** When it was told that the system is well; undefined: not yet. */
  get readySinceMs(): number | undefined {
    return this.#readySinceMs;
  }

  /** Goes on where another incarnation has stopped: being ready is reported once. */
  takeOver(readySinceMs: number): void {
    this.#readySinceMs = readySinceMs;
    this.#tellStatus();
  }

  /** The container has begun to end. */
  ending(cause: Pick<ShutdownCause, "errno">): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#cancelStatus();
    if (cause.errno !== undefined) this.#send(`ERRNO=${cause.errno}`);
    this.#send("STOPPING=1");
  }

  /**
   * Settles once everything has been sent, or given up: the container's end waits no longer than
   * that.
   */
  async close(): Promise<void> {
    this.#cancelStatus();
    this.#cancelWatchdog();
    let cancelTimer = () => {};
    const late = new Promise<void>((resolve) => {
      cancelTimer = this.#parts.os.setTimer(LAST_WORDS_MS, resolve);
    });
    await Promise.race([this.#sending, late]);
    cancelTimer();
  }

  #tellStatus(): void {
    const { os, statusIntervalMs, counts } = this.#parts;
    const uptimeMs = os.nowMs() - (this.#readySinceMs ?? 0);
    this.#send(`STATUS=${formatStatusText(uptimeMs, counts())}`);
    if (statusIntervalMs <= 0) return;
    this.#cancelStatus = os.setTimer(statusIntervalMs, () => this.#tellStatus());
  }

  #feedWatchdog(): void {
    const { os, address } = this.#parts;
    if (address.watchdogMs === undefined) return;
    this.#cancelWatchdog = os.setTimer(address.watchdogMs / 2, () => {
      this.#send("WATCHDOG=1");
      this.#feedWatchdog();
    });
  }

  #send(text: string): void {
    this.#sending = this.#sending.then(() => this.#isUsable ? this.#sendNow(text) : undefined);
  }

  async #sendNow(text: string): Promise<void> {
    const { address, journal, send } = this.#parts;
    const told = `queueing '${text}' to notify socket '${address.socket}'`;
    journal.write({ level: "debug", text: told });
    try {
      await send(text);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#isUsable = false;
      this.#cancelStatus();
      this.#cancelWatchdog();
      const problem = `could not connect to notify socket '${address.socket}' (${error.message})`;
      journal.write({ level: "debug", text: problem });
    }
  }
}

/** Counts what the status text mentions. A service may count as started and as failed. */
export function countServices(supervisor: Supervisor): StatusCounts {
  let [started, scheduled, failed] = [0, 0, 0];
  for (const name of supervisor.names()) {
    const { phase } = supervisor.state(name);
    if (isStarted(phase)) started++;
    if (phase.kind === "armed" && supervisor.config(name).type === "cron") scheduled++;
    if (phase.kind === "failed" || phase.kind === "backoff") failed++;
  }
  return { started, scheduled, failed, errors: supervisor.errorCount };
}
