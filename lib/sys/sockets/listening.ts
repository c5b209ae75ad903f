/**
 * Which process listens on a TCP port, without connecting to it: the kernel's tables of sockets,
 * see proc(5), and the descriptors of the processes in question.
 */
import { SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import { asIdentity } from "../processes/credentials.ts";
import { type ListeningSocket, listeningSockets } from "../processes/proc_text.ts";

const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];

/** Whose port it should be. */
export interface PortOwner {
  /**
   * The processes of the service; asked for only where somebody listens, and until one is found.
   */
  processes(): Iterable<number>;
  readonly identity?: Identity;
}

/** Returns undefined where one of the owner's processes listens on the port, else what was seen. */
export function seekListener(port: number, owner: PortOwner): string | undefined {
  const sockets = TABLES.flatMap((path) => readTable(path, port));
  if (sockets.length === 0) return "nothing listens";
  const links = new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
  let hidden = false;
  for (const pid of owner.processes()) {
    const found = holdsAny(pid, links, owner.identity);
    if (found) return undefined;
    hidden ||= found === undefined;
  }
  // Where descriptors are hidden, the user that the socket belongs to is all there is to go by.
  const uid = owner.identity?.uid ?? Deno.uid();
  if (hidden && sockets.some((socket) => socket.uid === uid)) return undefined;
  return "another process listens";
}

function readTable(path: string, port: number): ListeningSocket[] {
  try {
    return listeningSockets(Deno.readTextFileSync(path), port);
  } catch {
    return []; // ENOENT: the kernel has no IPv6, or /proc is hidden.
  }
}

/**
 * Whether a process has one of these open; undefined where that is hidden. Root without
 * CAP_SYS_PTRACE may not look at processes of others, their own user may.
 */
function holdsAny(
  pid: number,
  links: ReadonlySet<string>,
  identity: Identity | undefined,
): boolean | undefined {
  const plain = searchDescriptors(pid, links);
  if (plain !== undefined || identity === undefined) return plain;
  try {
    return asIdentity(identity, () => searchDescriptors(pid, links));
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

function searchDescriptors(pid: number, links: ReadonlySet<string>): boolean | undefined {
  const directory = `/proc/${pid}/fd`;
  try {
    for (const { name } of Deno.readDirSync(directory)) {
      if (links.has(readLink(`${directory}/${name}`))) return true;
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
