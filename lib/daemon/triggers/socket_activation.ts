/**
 * The sockets of `listen`: opened before the service's process, which inherits them, and kept while
 * it is restarted, so that whoever connects meanwhile waits instead of being refused.
 */
import { shortName } from "../../base/service_name.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { ListenSpec } from "../../config/listen_address.ts";
import type { Journal } from "../logging/journal.ts";
import type { ListeningSocket, Os } from "../../door/os.ts";
import { listenSpecs, socketOwner } from "./listen_config.ts";
import { SharedSockets } from "./shared_sockets.ts";
import type { Inheritance } from "../services/triggers.ts";

/**
 * More starts on demand than this within the window, and the next one waits until it has passed.
 */
const DEMANDS_MAX = 20;
const DEMAND_WINDOW_MS = 10_000;

export interface SocketActivationParts {
  readonly os: Pick<Os, "listen" | "takeSocket" | "nowMs" | "setTimer">;
  readonly journal: Journal;
}

interface Opened {
  readonly specs: readonly ListenSpec[];
  readonly sockets: readonly ListeningSocket[];
  /** When the service was started on demand, within the window. */
  demands: number[];
  cancelPause: () => void;
}

/** What another incarnation needs to go on; sockets in the order of `listen`. */
export interface ActivationHandover {
  readonly name: string;
  readonly sockets: readonly { readonly descriptor: number }[];
  readonly demands: readonly number[];
}

export class SocketActivation {
  readonly #parts: SocketActivationParts;
  readonly #opened = new Map<string, Opened>();
  readonly #sockets: SharedSockets;

  constructor(parts: SocketActivationParts) {
    this.#parts = parts;
    this.#sockets = new SharedSockets(parts.os);
  }

  /** What the process of a service inherits. Opens what is not open. @throws {SystemError} */
  inheritance(config: ServiceConfig): Inheritance {
    const { specs, sockets } = this.#open(config);
    const fallback = shortName(config.name);
    return {
      request: {
        descriptors: sockets.map(({ descriptor }) => descriptor),
        setsListenPid: true,
      },
      variables: {
        LISTEN_FDS: String(sockets.length),
        LISTEN_FDNAMES: specs.map(({ name }) => name ?? fallback).join(":"),
      },
    };
  }

  /**
   * Calls back once when somebody connects or writes to one of the sockets. @throws {SystemError}
   */
  watch(config: ServiceConfig, onDemand: () => void): void {
    const opened = this.#open(config);
    const { os, journal } = this.#parts;
    const pauseMs = this.#pauseMs(opened);
    if (pauseMs > 0) {
      const text = `${config.name} was started ${DEMANDS_MAX} times in ${DEMAND_WINDOW_MS / 1000}` +
        " s on demand and ended each time: the next connection waits";
      journal.write({ level: "warn", text, service: config.name });
      opened.cancelPause = os.setTimer(pauseMs, () => this.#watchNow(opened, onDemand));
    } else this.#watchNow(opened, onDemand);
  }

  /** Leaves the sockets to the service, or to nobody; they stay open. */
  ignore(name: string): void {
    const opened = this.#opened.get(name);
    opened?.cancelPause();
    for (const socket of opened?.sockets ?? []) socket.ignore();
  }

  /** From here on nothing is started on demand: the container ends. */
  end(): void {
    for (const name of this.#opened.keys()) this.ignore(name);
  }

  close(name: string): void {
    this.ignore(name);
    for (const socket of this.#opened.get(name)?.sockets ?? []) socket.close();
    this.#opened.delete(name);
  }

  closeAll(): void {
    for (const name of [...this.#opened.keys()]) this.close(name);
  }

  #watchNow(opened: Opened, onDemand: () => void): void {
    const { os } = this.#parts;
    for (const socket of opened.sockets) {
      socket.watch(() => {
        for (const each of opened.sockets) each.ignore();
        opened.demands.push(os.nowMs());
        onDemand();
      });
    }
  }

  #pauseMs(opened: Opened): number {
    const nowMs = this.#parts.os.nowMs();
    opened.demands = opened.demands.filter((atMs) => atMs > nowMs - DEMAND_WINDOW_MS);
    if (opened.demands.length < DEMANDS_MAX) return 0;
    return (opened.demands[0] ?? nowMs) + DEMAND_WINDOW_MS - nowMs;
  }

  handOver(): ActivationHandover[] {
    return [...this.#opened].map(([name, { sockets, demands }]) => ({
      name,
      sockets: sockets.map(({ descriptor }) => ({ descriptor })),
      demands,
    }));
  }

  /** Goes on with sockets that another incarnation has left open. */
  takeOver(config: ServiceConfig, { sockets, demands }: ActivationHandover): void {
    const specs = listenSpecs(config);
    const taken = specs.flatMap(({ address }, at) => {
      const left = sockets[at];
      return left === undefined
        ? []
        : [this.#sockets.take(config, address, { ...left, ...socketOwner(config) })];
    });
    const opened = { specs, sockets: taken, demands: [...demands], cancelPause: () => {} };
    this.#opened.set(config.name, opened);
  }

  #open(config: ServiceConfig): Opened {
    const known = this.#opened.get(config.name);
    if (known?.sockets.every(({ isInPlace }) => isInPlace)) return known;
    // Nobody could connect any more where a file is gone.
    if (known) this.close(config.name);
    const options = { isInherited: true, ...socketOwner(config) };
    const specs = listenSpecs(config);
    const sockets: ListeningSocket[] = [];
    try {
      for (const { address } of specs) sockets.push(this.#sockets.open(config, address, options));
    } catch (error) {
      for (const socket of sockets) socket.close();
      throw error;
    }
    const opened = { specs, sockets, demands: [], cancelPause: () => {} };
    this.#opened.set(config.name, opened);
    return opened;
  }
}
