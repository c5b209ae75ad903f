/**
 * Hears what services say. Each service of type notify, and each with a watchdog, has a datagram
 * socket of its own, a file that everybody may write to and whose senders are judged
 * (notify_senders.ts). It is there from the launch until the service is at rest, restarts included.
 *
 * Descriptors that come along (BARRIER=1, FDSTORE=1) are never kept: they are closed after all that
 * was sent before has been taken. That is what a barrier waits for.
 */
import { SystemError } from "../../base/errors.ts";
import { decodeWaitStatus, type ExitStatus } from "../../base/exit_status.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { MessageSender } from "../../door/streams.ts";
import type { Event } from "../../service/life/event.ts";
import {
  NOTIFY_MESSAGE_MAX_BYTES,
  type NotifyMessage,
  parseNotifyMessage,
} from "../../wire/notify_message.ts";
import { SaidOnce } from "../logging/said_once.ts";
import type { Journal, JournalLevel } from "../logging/journal.ts";
import type { NotifySenders } from "./notify_senders.ts";
import { type Door, KeptSocket, type KeptSocketParts } from "../sockets/kept_socket.ts";

/** The longest path that `struct sockaddr_un` holds, see unix(7). */
const PATH_MAX_BYTES = 107;

/** One more than is read, so that what was cut is known. */
const BUFFER_BYTES = NOTIFY_MESSAGE_MAX_BYTES + 1;

/** Of sockets whose file was removed, so many are heard on for who is connected to them. */
const FORMER_MAX = 1;

/** A service may be any user by the time it speaks. */
const MODE = 0o666;

/** A datagram socket with a name in the file system. */
export interface ListeningSocket {
  readonly descriptor: number;
  close(): Promise<void>;
}

/** A socket as another incarnation takes it over. */
export interface NotifySocketHandover {
  readonly name: string;
  readonly path: string;
  readonly descriptor: number;
}

export interface NotifyParts {
  /** Returns the directory of the sockets, made ready. @throws {SystemError} */
  directory(): string;
  /** @throws {SystemError} */
  listen(
    path: string,
    options: {
      mode: number;
      isJudged: true;
      sizeBytes: number;
      descriptor?: number | undefined;
    },
    receive: (datagram: Uint8Array, sender: MessageSender | undefined) => void,
  ): ListeningSocket;
  readonly journal: Journal;
  readonly senders: NotifySenders;
  /** What it takes to notice that a socket's file was removed. */
  readonly keeping: Pick<KeptSocketParts, "watchFile" | "identityOf" | "setTimer">;
  dispatch(service: string, event: Event): void;
  /** Why a service may not name this process as its own; undefined: it may. */
  mainPidProblem(service: string, pid: number): string | undefined;
  /**
   * Processes of the service other than its own one. It looks at all processes, and a service may
   * say in a loop what wants them: so it is called where that matters in the service's phase.
   */
  readonly strays: (service: string) => readonly number[];
}

interface NotifyDoor extends Door {
  readonly descriptor: number;
}

/** A service's socket; the path stays the same when it is opened again. */
interface NotifySocket {
  readonly path: string;
  readonly kept: KeptSocket<NotifyDoor>;
}

export class NotifyListener {
  readonly #parts: NotifyParts;
  readonly #sockets = new Map<string, NotifySocket>();
  readonly #once: SaidOnce;
  #malformed = 0;
  #opened = 0;

  constructor(parts: NotifyParts) {
    this.#parts = parts;
    this.#once = new SaidOnce({ journal: parts.journal, setTimer: parts.keeping.setTimer });
  }

  /** Datagrams that were no message, or were too long. */
  get malformed(): number {
    return this.#malformed;
  }

  /**
   * Returns the path of the service's socket, which is opened unless it is. @throws {SystemError}
   */
  open(config: ServiceConfig): string {
    const open = this.#sockets.get(config.name);
    open?.kept.renew();
    return open?.path ?? this.#open(config, this.#choosePath(config.name));
  }

  /** Looks whether all files are still there: at SIGHUP. */
  renew(): void {
    for (const { kept } of this.#sockets.values()) kept.renew();
  }

  handOver(): NotifySocketHandover[] {
    return [...this.#sockets].flatMap(([name, { path, kept }]) => {
      const { door } = kept.doors;
      return door === undefined ? [] : [{ name, path, descriptor: door.descriptor }];
    });
  }

  /** Goes on to hear a service at a socket that another incarnation has opened. */
  takeOver(config: ServiceConfig, { path, descriptor }: NotifySocketHandover): void {
    this.#opened++;
    this.#open(config, path, descriptor);
  }

  #open(config: ServiceConfig, path: string, descriptor?: number): string {
    const { keeping, journal } = this.#parts;
    const door = this.#listen(config, path, descriptor);
    const kept = new KeptSocket<NotifyDoor>({
      title: `notify socket of ${config.name}`,
      open: () => this.#listenAgain(config, path),
      formerMax: FORMER_MAX,
      journal,
      ...keeping,
    });
    kept.take(door, []);
    this.#sockets.set(config.name, { path, kept });
    return path;
  }

  #listenAgain(config: ServiceConfig, path: string): NotifyDoor | undefined {
    try {
      this.#parts.directory();
      return this.#listen(config, path);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const text = `${config.name} notify socket cannot be opened: ${error.message}`;
      this.#parts.journal.write({ level: "warn", text, service: config.name });
      return undefined;
    }
  }

  #listen(config: ServiceConfig, path: string, descriptor?: number): NotifyDoor {
    const options = { mode: MODE, isJudged: true, sizeBytes: BUFFER_BYTES, descriptor } as const;
    const socket = this.#parts.listen(path, options, (datagram, sender) => {
      if (!this.#sockets.has(config.name)) return;
      if (this.#parts.senders.isHeard(config, sender)) this.#receive(config.name, datagram);
      else this.#passOver(config.name, sender);
    });
    return { path, descriptor: socket.descriptor, close: () => socket.close() };
  }

  /** Closes and removes the service's socket, if it has one. Never rejects. */
  async close(service: string): Promise<void> {
    const open = this.#sockets.get(service);
    this.#sockets.delete(service);
    this.#parts.senders.forget(service);
    try {
      await open?.kept.close();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#tell(
        service,
        "removal",
        `${service} notify socket cannot be removed: ${error.message}`,
      );
    }
  }

  /** Closes and removes all. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#sockets.keys()].map((service) => this.close(service)));
  }

  /**
   * The service's name, unless it would not do as a name of a file, or the path would be too long.
   */
  #choosePath(service: string): string {
    const directory = this.#parts.directory();
    const named = `${directory}/${service}.sock`;
    const fits = /^[\w.@-]+$/.test(service) && named.length <= PATH_MAX_BYTES;
    return fits ? named : `${directory}/${++this.#opened}.sock`;
  }

  #receive(service: string, datagram: Uint8Array): void {
    const parse = parseNotifyMessage(datagram);
    if (parse.kind === "malformed") {
      this.#malformed++;
      return this.#tell(
        service,
        parse.reason,
        `${service} sent a notification that ${parse.reason}`,
      );
    }
    const { message } = parse;
    for (const key of message.passedOver) {
      const text = `${service} sent a notification that is not understood: ${key}`;
      this.#tell(service, "unknown", text);
    }
    if (message.fdStore) {
      this.#tell(service, "store", `${service} has no descriptor store: FDSTORE=1`);
    }
    for (const event of this.#eventsOf(service, message)) this.#parts.dispatch(service, event);
  }

  /**
   * In the order in which they make sense together: who it is and how long, then what has become of
   * it.
   */
  *#eventsOf(service: string, message: NotifyMessage): Iterable<Event> {
    const { mainPid, status, watchdogMs, extendTimeoutMs, watchdog } = message;
    if (mainPid !== undefined) {
      const problem = this.#parts.mainPidProblem(service, mainPid);
      if (problem === undefined) yield { kind: "main-pid", pid: mainPid };
      else {
        const text = `${service} named ${mainPid} as its main process, but ${problem}`;
        this.#tell(service, problem, text, "warn");
      }
    }
    if (status !== undefined) yield { kind: "note", text: status };
    if (watchdogMs !== undefined) yield { kind: "set-watchdog", ms: watchdogMs };
    if (extendTimeoutMs !== undefined) yield { kind: "extend-timeout", ms: extendTimeoutMs };
    yield* this.#reports(service, message);
    if (message.ready) yield { kind: "ready" };
    if (message.reloading) yield { kind: "announced", what: "reloading" };
    if (message.stopping) yield { kind: "announced", what: "stopping" };
    if (watchdog === "alive") yield { kind: "alive" };
    if (watchdog === "trigger") {
      const { strays } = this.#parts;
      yield {
        kind: "watchdog-trigger",
        get strays() {
          return strays(service);
        },
      };
    }
  }

  *#reports(service: string, message: NotifyMessage): Iterable<Event> {
    const { errno, busError } = message;
    const { strays } = this.#parts;
    const report = (status: ExitStatus): Event => ({
      kind: "reported",
      status,
      ...(errno === undefined ? {} : { errno }),
      get strays() {
        return strays(service);
      },
    });
    if (errno !== undefined) yield report({ kind: "exited", code: errno });
    if (typeof busError === "number") yield report(decodeWaitStatus(busError));
    if (typeof busError === "string") {
      this.#tell(service, "bus error", `${service} reported the bus error ${busError}`);
      yield report({ kind: "exited", code: 1 });
    }
  }

  #passOver(service: string, sender: MessageSender | undefined): void {
    const who = sender === undefined ? "somebody" : `process ${sender.pid} of user ${sender.uid}`;
    const text = `${service} notify socket: ${who} is none of the service's and is not heard`;
    this.#tell(service, "stranger", text, "warn");
  }

  /** A service that says the same kind of thing in a loop fills no log. */
  #tell(service: string, kind: string, text: string, level: JournalLevel = "debug"): void {
    this.#once.say(`${service} ${kind}`, { level, text, service });
  }
}
