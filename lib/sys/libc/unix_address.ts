/** Addresses of Unix sockets as the kernel takes them, see unix(7). */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { AF_UNIX } from "./socket.ts";

/** Room for the name in `struct sockaddr_un`. */
const NAME_BYTES = 108;

const encoder = new TextEncoder();

/**
 * Encodes an address as `struct sockaddr_un`; a leading `@` stands for the abstract name space, as
 * in sd_notify(3).
 * @throws {SystemError} of the call it is for: EINVAL for an empty name, ENAMETOOLONG.
 */
export function unixAddress(call: "bind" | "connect", address: string): Uint8Array<ArrayBuffer> {
  const name = encoder.encode(address);
  const isAbstract = address.startsWith("@");
  // A path ends with NUL; an abstract name ends where the address does.
  const size = name.length + (isAbstract ? 0 : 1);
  if (name.length < (isAbstract ? 2 : 1) || name.includes(0)) {
    throw new SystemError(call, ERRNO.EINVAL, address);
  }
  if (size > NAME_BYTES) throw new SystemError(call, ERRNO.ENAMETOOLONG, address);
  const bytes = new Uint8Array(2 + size);
  bytes[0] = AF_UNIX;
  bytes.set(name, 2);
  if (isAbstract) bytes[2] = 0;
  return bytes;
}
