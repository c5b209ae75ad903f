/**
 * Whom a notify socket hears. Everybody may write to it, since a service may have become any user
 * by the time it speaks; what counts is the sender, as the kernel names it with each datagram.
 *
 * A process that lives must be one of the service's. One that has ended by then (`sdnotify` of a
 * shell, which has reaped it) cannot be looked at any more: its user must be the service's, or that
 * of one of its living processes, which could say the same. Nobody else is heard, root included:
 * who may do everything has telchap.
 */
import type { ServiceConfig } from "../../config/model.ts";
import type { MessageSender } from "../../door/streams.ts";

export interface NotifySendersParts {
  /** Whether a process belongs to a service; undefined where it has ended, and nobody can say. */
  isMember(service: string, pid: number): boolean | undefined;
  /** The users that the living processes of a service run as. */
  usersOf(service: string): Iterable<number>;
  /** The user chaperone runs as. */
  readonly ownUid: number;
  readonly nowMs: () => number;
}

/** A stranger is one for this long: whoever sends in a loop must not have /proc read in a loop. */
const STRANGER_MS = 100;
/** Users are read anew after this long. */
const USERS_MS = 1000;
const STRANGERS_MAX = 256;

interface Users {
  readonly atMs: number;
  readonly uids: ReadonlySet<number>;
}

export class NotifySenders {
  readonly #parts: NotifySendersParts;
  /** When each was found to be none of the service's. */
  readonly #strangers = new Map<string, number>();
  readonly #users = new Map<string, Users>();

  constructor(parts: NotifySendersParts) {
    this.#parts = parts;
  }

  /** Whether what a process says is heard as the service's. */
  isHeard({ name, identity }: ServiceConfig, sender: MessageSender | undefined): boolean {
    // No number: the kernel does not say, or the process is in no namespace of chaperone's.
    if (sender === undefined || sender.pid === 0) return false;
    const { nowMs, isMember, ownUid } = this.#parts;
    const key = `${sender.pid} ${name}`;
    const sinceMs = this.#strangers.get(key);
    if (sinceMs !== undefined && nowMs() - sinceMs < STRANGER_MS) return false;
    const isOne = isMember(name, sender.pid) ??
      (sender.uid === (identity?.uid ?? ownUid) || this.#usersOf(name).has(sender.uid));
    if (isOne) return true;
    if (this.#strangers.size >= STRANGERS_MAX) this.#strangers.clear();
    this.#strangers.set(key, nowMs());
    return false;
  }

  /** Forgets a service. */
  forget(service: string): void {
    this.#users.delete(service);
  }

  #usersOf(service: string): ReadonlySet<number> {
    const { nowMs, usersOf } = this.#parts;
    const known = this.#users.get(service);
    if (known !== undefined && nowMs() - known.atMs < USERS_MS) return known.uids;
    const uids = new Set(usersOf(service));
    this.#users.set(service, { atMs: nowMs(), uids });
    return uids;
  }
}
