/**
 * Sockets of `listen` that several services have together: the instances of one section. There is one
 * socket for all of them, from which each takes connections, and it is closed with the last.
 */
import { formatListenAddress, type ListenAddress } from "../../config/listen_address.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { Connection, ListeningSocket, ListenOptions, Os, TakenSocket } from "../../door/os.ts";

/** Whose a socket is. */
type Owner = Pick<ServiceConfig, "name" | "section">;

interface Held {
  readonly socket: ListeningSocket;
  readonly shares: Set<Share>;
  readonly watchers: Map<Share, () => void>;
}

export class SharedSockets {
  readonly #os: Pick<Os, "listen" | "takeSocket">;
  readonly #held = new Map<string, Held>();

  constructor(os: Pick<Os, "listen" | "takeSocket">) {
    this.#os = os;
  }

  /** Opens a socket, or has a share in one that is open. @throws {SystemError} */
  open(owner: Owner, address: ListenAddress, options: ListenOptions): ListeningSocket {
    const key = keyOf(owner, address);
    const known = this.#held.get(key);
    // Nobody can connect any more where a file is gone.
    if (known?.socket.isInPlace) return this.#share(key, known);
    return this.#share(key, this.#hold(key, this.#os.listen(address, options)));
  }

  /** Goes on with a socket that another incarnation has left open. */
  take(owner: Owner, address: ListenAddress, left: TakenSocket): ListeningSocket {
    const key = keyOf(owner, address);
    const known = this.#held.get(key);
    if (known?.socket.descriptor === left.descriptor) return this.#share(key, known);
    return this.#share(key, this.#hold(key, this.#os.takeSocket(address, left)));
  }

  #hold(key: string, socket: ListeningSocket): Held {
    const held = { socket, shares: new Set<Share>(), watchers: new Map<Share, () => void>() };
    this.#held.set(key, held);
    return held;
  }

  #share(key: string, held: Held): ListeningSocket {
    return new Share(held, () => {
      if (this.#held.get(key) === held) this.#held.delete(key);
    });
  }
}

/** What one service has of a socket. */
class Share implements ListeningSocket {
  readonly #held: Held;
  readonly #onLast: () => void;

  constructor(held: Held, onLast: () => void) {
    this.#held = held;
    this.#onLast = onLast;
    held.shares.add(this);
  }

  get descriptor(): number {
    return this.#held.socket.descriptor;
  }

  get isInPlace(): boolean {
    return this.#held.socket.isInPlace;
  }

  /** Whoever connects wakes all that sleep. */
  watch(onReadable: () => void): void {
    const { socket, watchers } = this.#held;
    const isFirst = watchers.size === 0;
    watchers.set(this, onReadable);
    if (!isFirst) return;
    socket.watch(() => {
      for (const tell of [...watchers.values()]) tell();
    });
  }

  ignore(): void {
    const { socket, watchers } = this.#held;
    if (watchers.delete(this) && watchers.size === 0) socket.ignore();
  }

  accept(): Connection | undefined {
    return this.#held.socket.accept();
  }

  close(): void {
    this.ignore();
    const { socket, shares } = this.#held;
    if (!shares.delete(this) || shares.size > 0) return;
    this.#onLast();
    socket.close();
  }
}

function keyOf({ name, section }: Owner, address: ListenAddress): string {
  return `${section ?? name} ${formatListenAddress(address)}`;
}
