/**
 * Logging as one thing: the router, the sinks of all sections, and the moments at which buffers are
 * handed on. It is the journal of chaperone's own messages from the first one to the last.
 *
 * Nothing is pending while nothing is written: a flush is scheduled by the record that needs it.
 */
import type { Config, LoggingConfig } from "../../config/model.ts";
import { formatDiagnostic, SystemError } from "../../base/errors.ts";
import { parseSelector } from "../../log/selector.ts";
import type { Journal, JournalEntry, JournalLevel } from "./journal.ts";
import type { LogOs } from "../../door/log_os.ts";
import type { RingHandover } from "./log_ring.ts";
import { LogRouter, type RouterCounts } from "./log_router.ts";
import type { Sink } from "../sinks/sink.ts";
import type { BufferedSink } from "../sinks/buffered_sink.ts";
import { HeldDoor } from "../sinks/held_door.ts";
import { type DiskLimits, SinkSet, type SinksHandover } from "../sinks/sink_set.ts";

/** How long the last messages may take to leave. */
const LAST_WORDS_MS = 1000;

/** How long writes that are under way may take before another incarnation takes over. */
const HOLD_MS = 1000;

/**
 * How much recent output is kept in all, and handed over: it is there to be looked at, and has been
 * logged. Of each service, for failure reports and `telchap logs`, no less than the least and no
 * more than the most.
 */
const RINGS_BYTES = 2 * 1024 * 1024;
const RING_LEAST_BYTES = 8 * 1024;
const RING_MOST_BYTES = 256 * 1024;

/** Returns how much recent output is kept of each of so many services. */
export function ringBytesOf(serviceCount: number): number {
  const share = Math.floor(RINGS_BYTES / Math.max(1, serviceCount));
  return Math.min(RING_MOST_BYTES, Math.max(RING_LEAST_BYTES, share));
}

export interface LoggingHandover {
  readonly counts: RouterCounts;
  readonly rings: readonly RingHandover[];
  readonly sinks: SinksHandover;
}

export interface LoggingOptions {
  readonly os: LogOs;
  readonly hostname: string;
  /** chaperone's own tag and pid. */
  readonly program: string;
  readonly pid: number;
  readonly console: Config["settings"]["console"];
  readonly lineMaxBytes: number;
  readonly limits: DiskLimits;
  /** How many services there are at the start. */
  readonly serviceCount: number;
  /** Whether colours are wanted on chaperone's own streams. */
  readonly colour: { readonly stdout: boolean; readonly stderr: boolean };
  /** Expands a file template to an absolute path. */
  readonly expandPath: (template: string, wallMs: number) => string;
  /** Goes on where another incarnation has stopped, see `takeOver`. */
  readonly goesOn?: boolean;
}

/** A log file that the container may not start without. */
export class UnopenedLogError extends Error {}

function describeUnopened(section: LoggingConfig, error: SystemError): string {
  const message = `the log file of ${section.name} cannot be opened: ${error.message}`;
  const { origin } = section;
  return formatDiagnostic(origin === undefined ? { message } : { message, position: origin });
}

/** Other sections that are ready to be routed by. */
export interface LoggingRenewal {
  commit(): void;
  /** Closes again what was opened for them. */
  abandon(): void;
}

export class Logging implements Journal {
  readonly router: LogRouter;
  readonly sinks: SinkSet;
  readonly #os: LogOs;
  readonly #door: HeldDoor<BufferedSink>;
  #deadline: { atMs: number; cancel: () => void } | undefined;

  constructor(options: LoggingOptions) {
    this.#os = options.os;
    this.sinks = new SinkSet({
      os: options.os,
      expandPath: options.expandPath,
      goesOn: options.goesOn ?? false,
      report: (text, about) => this.#report(text, about),
      tell: (level, text) => this.router.write({ level, text }),
      changed: () => this.router.sinksChanged(),
      limits: options.limits,
    });
    const { time } = options.os;
    this.#door = new HeldDoor(time, (text, about) => this.#report(text, about));
    const hasColour = (sink: Sink) =>
      (sink === this.sinks.stdout && options.colour.stdout) ||
      (sink === this.sinks.stderr && options.colour.stderr);
    this.router = new LogRouter({
      hostname: options.hostname,
      program: options.program,
      pid: options.pid,
      console: options.console,
      lineMaxBytes: options.lineMaxBytes,
      ringBytes: ringBytesOf(options.serviceCount),
      early: this.sinks.stderr,
      hasColour,
      nowMs: () => time.nowMs(),
      wallMs: () => time.wallMs(),
      onPending: () => time.setTimer(0, () => this.#flush()),
    });
  }

  /**
   * Opens what the enabled sections name and begins to route.
   * @throws {UnopenedLogError} where a file that is required cannot be opened; says which section,
   * and where.
   * @throws {SelectorError} for a selector that cannot be understood.
   */
  open(sections: readonly LoggingConfig[]): void {
    const enabled = sections.filter((section) => section.enabled);
    const requests = enabled.map((config) => ({ config, sinks: this.#sinksOf(config) }));
    this.router.open(requests);
    for (const { section, error } of this.sinks.takeUnopened()) {
      const text = `${describeUnopened(section, error)}; it is tried again each second, ` +
        "and its records are dropped until then (required: true would end the start)";
      this.writeVisibly({ level: "err", text });
    }
  }

  #sinksOf(section: LoggingConfig): BufferedSink[] {
    try {
      return this.sinks.sinksOf(section);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      throw new UnopenedLogError(describeUnopened(section, error), { cause: error });
    }
  }

  /**
   * Opens what other sections name besides, for `commit` to route by them from then on. What is
   * named no longer is written out and closed after it; what is named again goes on as it is.
   * @throws as `open`, and has changed nothing then.
   */
  prepare(sections: readonly LoggingConfig[]): LoggingRenewal {
    const enabled = sections.filter((section) => section.enabled);
    // Of a selector that cannot be understood nothing may be left open.
    for (const { selector } of enabled) parseSelector(selector);
    const renewal = this.sinks.renew(enabled);
    return {
      commit: () => {
        this.router.open(enabled.map((config, at) => ({ config, sinks: renewal.sinks[at] ?? [] })));
        renewal.commit();
      },
      abandon: () => renewal.abandon(),
    };
  }

  /** Writes a message of chaperone's own. */
  write(entry: JournalEntry): void {
    this.router.write(entry);
  }

  takes(level: JournalLevel): boolean {
    return this.router.takes(level);
  }

  /** Writes a message that the user of the container must see, whatever the sections select. */
  writeVisibly(entry: JournalEntry): void {
    const { stdout, stderr } = this.sinks;
    const before = stdout.buffer.length + stderr.buffer.length;
    this.router.write(entry);
    if (stdout.buffer.length + stderr.buffer.length > before) return;
    this.router.writeTo(stderr, entry);
    stderr.flush();
  }

  /**
   * Takes a datagram of /dev/log. The result, if any, is to be awaited before the next is received.
   */
  datagram(bytes: Uint8Array): Promise<void> | undefined {
    const full = this.router.datagram(bytes);
    return full === undefined ? undefined : this.#door.wait(full as BufferedSink);
  }

  /**
   * Begins no write until `release`, so that `handOver` knows what has been written. Settles once
   * it does, or after a second: a disk or a reader that hangs so long may see the last write twice.
   */
  async hold(): Promise<void> {
    this.router.flush();
    await this.sinks.hold(HOLD_MS);
  }

  release(): void {
    this.sinks.release();
  }

  handOver(): LoggingHandover {
    const { router, sinks } = this;
    return {
      counts: router.counts,
      rings: router.ring.handOver(RINGS_BYTES),
      sinks: sinks.handOver(),
    };
  }

  /** Goes on where another incarnation has stopped. `open` has been called before. */
  takeOver({ counts, rings, sinks }: LoggingHandover): void {
    Object.assign(this.router.counts, counts);
    this.router.ring.takeOver(rings);
    this.sinks.takeOver(sinks);
  }

  /**
   * Writes out everything so far, as far as that can be done in a second. Who has not taken it then
   * gets nothing more, and how much that was is told: nothing but the last line is to follow.
   */
  async drain(): Promise<void> {
    this.router.flush();
    await this.sinks.drain(LAST_WORDS_MS);
    this.sinks.giveUpBehind();
    await this.#drainConsole();
  }

  /**
   * Writes out everything, closes files and connections, and settles when nothing is left to do.
   */
  async close(): Promise<void> {
    this.#deadline?.cancel();
    await this.drain();
    this.sinks.close();
    await this.#drainConsole();
  }

  /** What other sinks have reported at their end. */
  async #drainConsole(): Promise<void> {
    this.router.flush();
    const { stdout, stderr } = this.sinks;
    await Promise.all([stdout.drain(LAST_WORDS_MS), stderr.drain(LAST_WORDS_MS)]);
  }

  #flush(): void {
    this.router.flush();
    this.#armDeadline();
  }

  /** Joined lines and rate limits have something to say later: one timer serves them all. */
  #armDeadline(): void {
    const atMs = this.router.nextDeadlineMs;
    if (atMs === (this.#deadline?.atMs ?? Infinity)) return;
    this.#deadline?.cancel();
    this.#deadline = undefined;
    if (atMs === Infinity) return;
    const delayMs = Math.max(0, atMs - this.#os.time.nowMs());
    const cancel = this.#os.time.setTimer(delayMs, () => {
      this.#deadline = undefined;
      this.router.expire(this.#os.time.nowMs());
      this.#flush();
    });
    this.#deadline = { atMs, cancel };
  }

  /**
   * A sink's failure is reported through the others; one of the console has no other way.
   */
  #report(text: string, about: BufferedSink): void {
    if (about === this.sinks.stderr) return;
    this.router.write({ level: "warn", text });
  }
}
