/**
 * Accepts the connections of inetd services: each gets a process, with the connection as stdin,
 * stdout and stderr. Every process counts until it ends; beyond `max_instances` a connection is
 * closed at once.
 *
 * A process that is not its program yet has a descriptor of chaperone's, for as long as its user
 * likes: so there are only so many of a service, and further connections wait in the kernel.
 */
import { SystemError } from "../../base/errors.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { Journal, JournalEntry, JournalLevel } from "../logging/journal.ts";
import type { Connection, ListeningSocket, Os } from "../../door/os.ts";
import { SaidOnce } from "../logging/said_once.ts";
import type { ServiceProcesses } from "../services/service_processes.ts";
import { listenAddresses, socketOwner } from "./listen_config.ts";

/**
 * One service gives way to others, and to signals, after this many connections (some milliseconds).
 */
const ACCEPTS_PER_TURN = 16;
/** Without a free descriptor, connections wait in the kernel this long before the next attempt. */
const NO_DESCRIPTOR_PAUSE_MS = 200;
/** Processes of a service that are not their program yet. A launch takes a millisecond or two. */
const LAUNCHING_MAX = 64;

export interface InetdServerParts {
  readonly os: Pick<Os, "listen" | "takeSocket" | "setTimer">;
  readonly journal: Journal;
  readonly launchOn: ServiceProcesses["launchOn"];
  readonly argv: ServiceProcesses["argv"];
}

interface Served extends ServedCounts {
  readonly config: ServiceConfig;
  /** As messages name it: `port 8123`. */
  readonly place: string;
  readonly sockets: ListeningSocket[];
  readonly cancelPauses: Set<() => void>;
  launching: number;
  /** Those of the sockets that nothing is accepted at, since too many processes are launching. */
  readonly waiting: Set<ListeningSocket>;
}

interface ServedCounts {
  received: number;
  running: number;
  refused: number;
  /** The refusals since the last connection that was served have been told. */
  hasToldRefusal: boolean;
}

/** What another incarnation needs to go on; sockets in the order of the addresses. */
export interface InetdHandover {
  readonly name: string;
  readonly sockets: readonly { readonly descriptor: number }[];
  readonly counts: Readonly<ServedCounts>;
}

/** What an inetd service has done so far. */
export interface InetdCounts {
  readonly received: number;
  readonly running: number;
  readonly refused: number;
}

export class InetdServer {
  readonly #parts: InetdServerParts;
  readonly #served = new Map<string, Served>();
  /** Whoever connects can make it say so again and again. */
  readonly #once: SaidOnce;
  #isEnding = false;

  constructor(parts: InetdServerParts) {
    this.#parts = parts;
    this.#once = new SaidOnce({
      journal: parts.journal,
      setTimer: (...timer) => parts.os.setTimer(...timer),
    });
  }

  /**
   * Opens the sockets of a service and begins to accept. @throws {SystemError} and opens nothing.
   */
  open(config: ServiceConfig): void {
    this.close(config.name);
    const options = { isInherited: false, ...socketOwner(config) };
    const sockets: ListeningSocket[] = [];
    try {
      for (const address of listenAddresses(config)) {
        sockets.push(this.#parts.os.listen(address, options));
      }
    } catch (error) {
      for (const socket of sockets) socket.close();
      throw error;
    }
    this.#begin(config, sockets, { received: 0, running: 0, refused: 0, hasToldRefusal: false });
  }

  /** Goes on with the sockets and counts that another incarnation has left. */
  takeOver(config: ServiceConfig, { sockets, counts }: InetdHandover): void {
    const taken = listenAddresses(config).flatMap((address, at) => {
      const left = sockets[at];
      return left === undefined
        ? []
        : [this.#parts.os.takeSocket(address, { ...left, ...socketOwner(config) })];
    });
    this.#begin(config, taken, counts);
  }

  handOver(): InetdHandover[] {
    return [...this.#served.values()].map(({ config, sockets, ...served }) => {
      const { received, running, refused, hasToldRefusal } = served;
      return {
        name: config.name,
        sockets: sockets.map(({ descriptor }) => ({ descriptor })),
        counts: { received, running, refused, hasToldRefusal },
      };
    });
  }

  /** One of the processes that were taken over has ended. */
  connectionEnded(name: string): void {
    const served = this.#served.get(name);
    if (served !== undefined) served.running--;
  }

  #begin(config: ServiceConfig, sockets: ListeningSocket[], counts: ServedCounts): void {
    const place = config.port === undefined ? config.listen.join(", ") : `port ${config.port}`;
    const served: Served = {
      ...{ config, place, sockets, ...counts },
      ...{ cancelPauses: new Set(), launching: 0, waiting: new Set() },
    };
    this.#served.set(config.name, served);
    for (const socket of sockets) this.#watch(served, socket);
  }

  #watch(served: Served, socket: ListeningSocket): void {
    socket.watch(() => this.#accept(served, socket));
  }

  /** Closes the sockets of a service; its processes stay. */
  close(name: string): void {
    const served = this.#served.get(name);
    if (!served) return;
    this.#served.delete(name);
    for (const cancel of served.cancelPauses) cancel();
    for (const socket of served.sockets) socket.close();
  }

  /** From here on connections are accepted and dropped: the container ends. */
  end(): void {
    this.#isEnding = true;
  }

  closeAll(): void {
    for (const name of [...this.#served.keys()]) this.close(name);
  }

  counts(name: string): InetdCounts | undefined {
    return this.#served.get(name);
  }

  /** The note of `telchap status`, in the words of chaperone 0.3.9. */
  note(name: string): string | undefined {
    const served = this.#served.get(name);
    if (!served) return undefined;
    const { place, received, running, refused } = served;
    return [
      `waiting on ${place}`,
      ...(received > 0 ? [`req recvd = ${received}`] : []),
      ...(running > 0 ? [`running = ${running}`] : []),
      ...(refused > 0 ? [`refused = ${refused}`] : []),
    ].join("; ");
  }

  #accept(served: Served, socket: ListeningSocket): void {
    for (let taken = 0; taken < ACCEPTS_PER_TURN; taken++) {
      if (served.launching >= LAUNCHING_MAX) return this.#wait(served, socket);
      let connection: Connection | undefined;
      try {
        connection = socket.accept();
      } catch (error) {
        return this.#pause(served, socket, error);
      }
      if (!connection) return;
      this.#serve(served, connection);
      // What was started may have ended the service.
      if (this.#served.get(served.config.name) !== served) return;
    }
  }

  #wait({ waiting }: Served, socket: ListeningSocket): void {
    socket.ignore();
    waiting.add(socket);
  }

  /** A process is its program, or never will be. */
  #launchEnded(served: Served): void {
    served.launching--;
    if (this.#served.get(served.config.name) !== served) return;
    const sockets = [...served.waiting];
    served.waiting.clear();
    for (const socket of sockets) this.#watch(served, socket);
  }

  #pause(served: Served, socket: ListeningSocket, error: unknown): void {
    if (!(error instanceof SystemError)) throw error;
    const { name } = served.config;
    const text = `${name} cannot accept on ${served.place}: ${error.message}`;
    this.#once.say(`accept ${name}`, entryOf(served, "warn", text));
    socket.ignore();
    const cancel = this.#parts.os.setTimer(NO_DESCRIPTOR_PAUSE_MS, () => {
      served.cancelPauses.delete(cancel);
      this.#watch(served, socket);
    });
    served.cancelPauses.add(cancel);
  }

  #serve(served: Served, connection: Connection): void {
    const { name } = served.config;
    const received = `${name} received connection on ${served.place}`;
    try {
      if (this.#isEnding) {
        return this.#log(served, "debug", `${received}; ignored, system no longer alive`);
      }
      served.received++;
      const { maxInstances } = served.config;
      if (maxInstances !== undefined && served.running >= maxInstances) {
        return this.#refuse(served, connection);
      }
      const words = this.#parts.argv(name).join(" ");
      this.#log(served, "debug", `${received}; attempting start '${words}'... `);
      this.#launch(served, connection);
    } finally {
      connection.close();
    }
  }

  #launch(served: Served, connection: Connection): void {
    const { name } = served.config;
    served.running++;
    served.launching++;
    const pid = this.#parts.launchOn(name, connection.descriptor, remoteVariables(connection), {
      launched: () => this.#launchEnded(served),
      failed: (why) => {
        served.running--;
        this.#launchEnded(served);
        const text = `${name} cannot serve a connection on ${served.place}: ${why}`;
        this.#once.say(`serve ${name}`, entryOf(served, "err", text));
      },
      exited: () => void served.running--,
    });
    if (pid === undefined) return;
    served.hasToldRefusal = false;
    this.#log(served, "debug", `${name} instance connected to ${served.place}`);
  }

  /** Told once until a connection is served again: whoever floods must not fill the log as well. */
  #refuse(served: Served, connection: Connection): void {
    served.refused++;
    if (served.hasToldRefusal) return;
    served.hasToldRefusal = true;
    const { name, maxInstances } = served.config;
    const whom = connection.address === undefined ? "" : ` from ${connection.address}`;
    const text = `${name} refuses a connection${whom} on ${served.place}: ` +
      `${served.running} processes run, max_instances is ${maxInstances}`;
    this.#log(served, "warn", text);
  }

  #log(served: Served, level: JournalLevel, text: string): void {
    this.#parts.journal.write(entryOf(served, level, text));
  }
}

function entryOf({ config }: Served, level: JournalLevel, text: string): JournalEntry {
  return { level, text, facility: "daemon", service: config.name };
}

/** As tcpserver(1) and xinetd(8) name them. */
function remoteVariables({ address, port }: Connection): Record<string, string> {
  if (address === undefined) return {};
  return { REMOTE_ADDR: address, REMOTE_HOST: address, REMOTE_PORT: String(port) };
}
