/**
 * The control socket: a Unix stream socket with an owner and a mode, and who connects to it.
 *
 * Deno hides the descriptor of a connection, which SO_PEERCRED needs. It is found among the
 * process's
 * own: accept(2) gives each connection the listener's name (getsockname), and connections are
 * accepted
 * one at a time, so that exactly one socket of that name is one that was not seen before. A socket
 * that
 * was seen is told by its inode, which it keeps to its end; so an old connection that lingers
 * behind a
 * read is never taken for a new one. Needs no /proc.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { setTimer } from "../libc/clock.ts";
import { removeFile } from "../files/files.ts";
import { libc } from "../libc/libc.ts";
import { AF_UNIX } from "../libc/unix_address.ts";
import { statDescriptor } from "../libc/statx.ts";
import { throwingSystemError, toSystemError } from "../libc/system_failure.ts";

/** The process at the other end, as it was when it connected; see unix(7). */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** One connection. */
export interface ControlStream {
  /** Undefined where the kernel does not tell. */
  readonly peer: PeerCredentials | undefined;
  /** Resolves with a view valid until the next read, undefined at end of file. */
  read(): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): void;
}

export interface ControlSocketOptions {
  readonly mode: number;
  /** Owner of the file; -1 keeps chaperone's own. */
  readonly uid: number;
  readonly gid: number;
  /** No more are accepted at a time; the others wait in the kernel. */
  readonly maxConnections: number;
}

export interface ControlSocket {
  /** Whether `uid` and `gid` own the file: only root can give it away. */
  readonly isOwned: boolean;
  /** Stops listening and removes the file. Open connections stay. */
  close(): Promise<void>;
}

const READ_BYTES = 16 * 1024;
/** A mask that lets nobody but the owner connect before owner and mode are set. */
const PRIVATE_UMASK = 0o177;

function removeStale(path: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch {
    return; // ENOENT: the usual case. Anything else shows again when it is bound.
  }
  if (!info.isSocket) throw new SystemError("bind", ERRNO.EEXIST, path);
  removeFile(path);
}

function bind(path: string): Deno.UnixListener {
  const before = libc().umask(PRIVATE_UMASK);
  try {
    return throwingSystemError("bind", path, () => Deno.listen({ transport: "unix", path }));
  } finally {
    libc().umask(before);
  }
}

/** Gives the file away as far as that is permitted. */
function own(path: string, options: ControlSocketOptions): boolean {
  let isOwned = true;
  try {
    const info = Deno.lstatSync(path);
    if (info.uid !== options.uid || info.gid !== options.gid) {
      Deno.chownSync(path, options.uid, options.gid);
    }
  } catch {
    isOwned = false; // EPERM without CAP_CHOWN, EINVAL for an id that the namespace lacks.
  }
  throwingSystemError("chmod", path, () => Deno.chmodSync(path, options.mode));
  return isOwned;
}

/**
 * Listens at `path` and calls back with each connection, whose owner the callee becomes. A stale
 * socket
 * is replaced. The callback's promise tells when the connection is done with.
 * @throws {SystemError} where it cannot be bound.
 */
export function listenControl(
  path: string,
  options: ControlSocketOptions,
  serve: (stream: ControlStream) => Promise<void>,
): ControlSocket {
  removeStale(path);
  const listener = bind(path);
  let isOwned: boolean;
  try {
    isOwned = own(path, options);
  } catch (error) {
    listener.close();
    throw error;
  }
  const peers = new PeerFinder(path);
  let isOpen = true;
  let serving = 0;
  let hasRoom = () => {};
  const loop = async () => {
    while (isOpen) {
      if (serving >= options.maxConnections) {
        await new Promise<void>((resolve) => hasRoom = resolve);
        continue;
      }
      const connection = await accept(listener);
      if (connection === undefined) {
        // Closed; or EMFILE, ECONNABORTED: taken up again once the turn is over.
        if (isOpen) await pause(ACCEPT_RETRY_MS);
        continue;
      }
      const stream = openStream(connection, peers);
      const forget = () => {
        serving--;
        hasRoom();
      };
      serving++;
      // What fails is one connection's affair, never the loop's.
      void serve(stream).then(forget, forget);
    }
  };
  const done = loop();
  return {
    isOwned,
    async close() {
      if (!isOpen) return;
      isOpen = false;
      listener.close();
      removeIfOwn(path);
      hasRoom();
      await done;
    },
  };
}

function removeIfOwn(path: string): void {
  try {
    removeFile(path);
  } catch {
    // EACCES, EROFS: a socket nobody listens at refuses connections as well.
  }
}

const ACCEPT_RETRY_MS = 10;

async function accept(listener: Deno.UnixListener): Promise<Deno.UnixConn | undefined> {
  try {
    return await listener.accept();
  } catch {
    return undefined;
  }
}

function openStream(connection: Deno.UnixConn, peers: PeerFinder): ControlStream {
  const found = peers.find();
  const buffer = new Uint8Array(READ_BYTES);
  let isOpen = true;
  return {
    peer: found?.peer,
    async read() {
      const size = await connection.read(buffer);
      return size === null ? undefined : buffer.subarray(0, size);
    },
    async write(bytes) {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      if (found !== undefined) peers.release(found.fd);
      connection.close();
    },
  };
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SO_PEERGROUPS = 59;
const UCRED_BYTES = 12;
const ADDRESS_BYTES = 110;
/** What precedes the name in `struct sockaddr_un`. */
const FAMILY_BYTES = 2;
const GROUPS_MAX = 1024;
const FD_FIRST = 3;
const FD_LIMIT = 65_536;

/** Finds the descriptor of the connection that was accepted last. */
class PeerFinder {
  readonly #name: Uint8Array;
  readonly #address = new Uint8Array(ADDRESS_BYTES);
  readonly #size = new Uint32Array(1);
  /** Descriptors of connections that are open: they cannot be the new one. */
  readonly #open = new Set<number>();
  /** What each descriptor was last seen to be. Grows with the highest number only. */
  readonly #seen = new Map<number, string>();

  constructor(path: string) {
    this.#name = new TextEncoder().encode(`${path}\0`);
    // The listener itself bears the name, and so do connections of one that was here before.
    for (const fd of openDescriptors()) {
      const identity = this.#hasName(fd) ? identityOf(fd) : undefined;
      if (identity !== undefined) this.#seen.set(fd, identity);
    }
  }

  find(): { fd: number; peer: PeerCredentials | undefined } | undefined {
    const fd = this.#findUnseen();
    if (fd === undefined) return undefined;
    this.#open.add(fd);
    return { fd, peer: readPeer(fd) };
  }

  release(fd: number): void {
    this.#open.delete(fd);
  }

  /** The kernel gives the lowest free number, so that the search is short. */
  #findUnseen(): number | undefined {
    for (let fd = FD_FIRST; fd < FD_LIMIT; fd++) {
      if (this.#open.has(fd) || !this.#hasName(fd)) continue;
      const identity = identityOf(fd);
      if (identity === undefined || this.#seen.get(fd) === identity) continue;
      this.#seen.set(fd, identity);
      return fd;
    }
    return undefined;
  }

  #hasName(fd: number): boolean {
    this.#size[0] = ADDRESS_BYTES;
    if (libc().getsockname(fd, this.#address, this.#size) < 0) return false;
    const address = this.#address;
    // Only so many bytes were written: behind them stands the name of an earlier socket.
    if (this.#size[0] !== FAMILY_BYTES + this.#name.length) return false;
    if (address[0] !== AF_UNIX || address[1] !== 0) return false;
    return this.#name.every((byte, i) => address[FAMILY_BYTES + i] === byte);
  }
}

/** The numbers in use; without /proc, all that may be, which takes 40 ms to look through. */
function openDescriptors(): readonly number[] {
  try {
    return [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => Number(name));
  } catch {
    return Array.from({ length: FD_LIMIT - FD_FIRST }, (_, index) => FD_FIRST + index);
  }
}

/** A descriptor without an identity cannot be told from others: it is taken for a known one. */
function identityOf(fd: number): string | undefined {
  try {
    return statDescriptor(fd, "control connection").identity;
  } catch {
    return undefined; // ENOSYS, EPERM: a sandbox without statx(2).
  }
}

function readPeer(fd: number): PeerCredentials | undefined {
  const value = new Uint32Array(GROUPS_MAX);
  const size = new Uint32Array([UCRED_BYTES]);
  const { getsockopt } = libc();
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, value, size) < 0) return undefined;
  const [pid = 0, uid = 0, gid = 0] = value;
  size[0] = value.byteLength;
  // Since Linux 4.13; without it, only the first group counts.
  const hasGroups = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, value, size) >= 0;
  const groups = hasGroups ? [...value.subarray(0, (size[0] ?? 0) / 4)] : [];
  return { pid, uid, gid, groups };
}

/** Connects to a control socket as a client. Rejects with `SystemError`. */
export async function connectControl(path: string): Promise<Omit<ControlStream, "peer">> {
  const connection = await connectPatiently(path);
  const buffer = new Uint8Array(READ_BYTES * 4);
  return {
    async read() {
      const size = await connection.read(buffer);
      return size === null ? undefined : buffer.subarray(0, size);
    },
    async write(bytes) {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
    },
    close: () => connection.close(),
  };
}

const CONNECT_RETRY_MS = 10;
const CONNECT_RETRIES = 500;

/** A full backlog refuses with EAGAIN; there is room again as soon as others have been served. */
async function connectPatiently(path: string): Promise<Deno.UnixConn> {
  for (let tries = 0;; tries++) {
    try {
      return await Deno.connect({ transport: "unix", path });
    } catch (error) {
      const failure = toSystemError(error, "connect", path);
      const isFull = failure instanceof SystemError && failure.errno === ERRNO.EAGAIN;
      if (!isFull || tries >= CONNECT_RETRIES) throw failure;
    }
    await pause(CONNECT_RETRY_MS);
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimer(delayMs, resolve));
}

/** Whether the kernel tells who is at the other end of a connection. */
export function canTellPeers(): boolean {
  try {
    const { getsockname, getsockopt } = libc();
    return getsockname !== undefined && getsockopt !== undefined;
  } catch {
    return false; // No libc to open: a static or foreign runtime.
  }
}

/** Whether somebody accepts connections at a path. Never rejects. */
export async function isAnswering(path: string): Promise<boolean> {
  if (!exists(path)) return false;
  try {
    const connection = await Deno.connect({ transport: "unix", path });
    connection.close();
    return true;
  } catch {
    return false; // ENOENT, ECONNREFUSED: nobody; EACCES: not to be had either.
  }
}

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSocket === true;
  } catch {
    return false; // ENOENT: the usual case.
  }
}
