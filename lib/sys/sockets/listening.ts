/**
 * Which process listens on a TCP port, without connecting to it: the kernel's tables of sockets,
 * see proc(5), and the descriptors of the processes in question.
 */
import { SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import type { SocketOwner } from "../../door/os.ts";
import { readBeginning } from "../processes/bounded_read.ts";
import { asIdentity } from "../processes/credentials.ts";
import { listeningSockets, portsByInode } from "./socket_tables.ts";

const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];

/** How many descriptors are looked at, of all processes of a service: some 50 ms. */
const SLOTS_MAX = 16_384;

/** Returns undefined where one of the owner's processes listens on the port, else what was seen. */
export function seekListener(port: number, owner: SocketOwner): string | undefined {
  const sockets = TABLES.flatMap((path) => listeningSockets(readListeners(path), port));
  if (sockets.length === 0) return "nothing listens";
  const links = new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
  let hidden = false;
  let slotsLeft = SLOTS_MAX;
  for (const pid of owner.processes()) {
    slotsLeft -= slotsOf(pid);
    if (slotsLeft < 0) {
      hidden = true;
      break;
    }
    const found = searchAs(owner.identity, pid, (link) => links.has(link));
    if (found) return undefined;
    hidden ||= found === undefined;
  }
  // Where descriptors are hidden, or too many to be looked at, the user that the socket belongs to
  // is all there is to go by.
  const uid = owner.identity?.uid ?? Deno.uid();
  if (hidden && sockets.some((socket) => socket.uid === uid)) return undefined;
  return "another process listens";
}

/** Returns the ports on which the owner's processes listen, in order. */
export function listeningPorts(owner: SocketOwner): number[] {
  const known = new Map(TABLES.flatMap((path) => [...portsByInode(readListeners(path))]));
  if (known.size === 0) return [];
  const ports = new Set<number>();
  visitSockets(owner, (inode) => {
    const port = known.get(inode);
    if (port !== undefined) ports.add(port);
  });
  return [...ports].sort((a, b) => a - b);
}

/**
 * Shows the inode of each socket that the owner's processes have open. False where some are hidden,
 * or there are too many.
 */
export function visitSockets(
  { processes, identity }: SocketOwner,
  visit: (inode: string) => void,
): boolean {
  const look = (link: string) => {
    if (link.startsWith(SOCKET_LINK)) visit(link.slice(SOCKET_LINK.length, -1));
    return false;
  };
  let slotsLeft = SLOTS_MAX;
  let isWhole = true;
  for (const pid of processes()) {
    slotsLeft -= slotsOf(pid);
    if (slotsLeft < 0) return false;
    if (searchAs(identity, pid, look) === undefined) isWhole = false;
  }
  return isWhole;
}

/** What stands before the inode, see proc(5). */
const SOCKET_LINK = "socket:[";

/**
 * Listening sockets come first in the tables: the others, of which anybody may have many, are not
 * read.
 */
const LISTENS = / 0A /;
/** For some 27,000 listening sockets. */
const TABLE_MAX_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 16 * 1024;

function readListeners(path: string): string {
  const chunk = new Uint8Array(CHUNK_BYTES);
  const parts: string[] = [];
  try {
    using file = Deno.openSync(path);
    for (let left = TABLE_MAX_BYTES; left > 0;) {
      const size = file.readSync(chunk);
      if (size === null) break;
      const part = decoder.decode(chunk.subarray(0, size));
      parts.push(part);
      left -= size;
      if (!endsWithListener(part)) break;
    }
    return parts.join("");
  } catch {
    return ""; // ENOENT: the kernel has no IPv6, or /proc is hidden.
  }
}

/** Judges the last line that is whole, the heading apart. */
function endsWithListener(text: string): boolean {
  const end = text.lastIndexOf("\n");
  const start = text.lastIndexOf("\n", end - 1);
  return start < 0 || LISTENS.test(text.slice(start, end));
}

/**
 * Whether a process has one of these open; undefined where that is hidden. Root without
 * CAP_SYS_PTRACE may not look at processes of others, their own user may.
 */
function searchAs(
  identity: Identity | undefined,
  pid: number,
  isWanted: (link: string) => boolean,
): boolean | undefined {
  const plain = searchDescriptors(pid, isWanted);
  if (plain !== undefined || identity === undefined) return plain;
  try {
    return asIdentity(identity, () => searchDescriptors(pid, isWanted));
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

/** Room for how many descriptors a process has made: at least as many as it has open. */
function slotsOf(pid: number): number {
  const text = decoder.decode(tryRead(`/proc/${pid}/status`));
  return Number(/^FDSize:\t(\d+)$/m.exec(text)?.[1] ?? 0);
}

const decoder = new TextDecoder();

/** It has some 1,500 bytes. */
const STATUS_MAX_BYTES = 4096;

function tryRead(path: string): Uint8Array {
  try {
    return readBeginning(path, STATUS_MAX_BYTES);
  } catch (error) {
    if (error instanceof SystemError) return new Uint8Array(0); // ENOENT, ESRCH: it has ended.
    throw error;
  }
}

function searchDescriptors(
  pid: number,
  isWanted: (link: string) => boolean,
): boolean | undefined {
  const directory = `/proc/${pid}/fd`;
  try {
    for (const { name } of Deno.readDirSync(directory)) {
      if (isWanted(readLink(`${directory}/${name}`))) return true;
    }
    return false;
  } catch (error) {
    // ENOENT, ESRCH: it has ended.
    return error instanceof Deno.errors.PermissionDenied ? undefined : false;
  }
}

function readLink(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) throw error;
    return ""; // ENOENT: closed meanwhile.
  }
}
