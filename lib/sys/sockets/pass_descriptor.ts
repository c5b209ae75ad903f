/** Sends descriptors of one's own along with a message (SCM_RIGHTS, see unix(7) and cmsg(3)). */
import { SOL_SOCKET } from "../libc/socket.ts";
import { libc } from "../libc/libc.ts";

/** From sys/socket.h. */
const SCM_RIGHTS = 1;

/** `struct msghdr` on 64-bit systems, as 64-bit words. */
const HEADER_WORDS = 7;
const NAME_AT = 0;
const NAME_SIZE_AT = 1;
const IOV_AT = 2;
const IOV_COUNT_AT = 3;
const CONTROL_AT = 4;
const CONTROL_SIZE_AT = 5;

/** `struct cmsghdr`; descriptors follow, and padding to words. */
const CMSG_HEAD_BYTES = 16;
const DESCRIPTOR_BYTES = 4;
const WORD_BYTES = 8;

/** What is sent by the socket `fd`, and to whom. */
export interface PassingMessage {
  /** As bind(2) takes it; absent where the socket is connected. */
  readonly address?: Uint8Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly descriptors: readonly number[];
  readonly flags: number;
}

/** Sends with sendmsg(2), and returns its result. */
export function passDescriptors(
  fd: number,
  { address, bytes, descriptors, flags }: PassingMessage,
): number {
  const size = CMSG_HEAD_BYTES + DESCRIPTOR_BYTES * descriptors.length;
  const control = new Uint8Array(WORD_BYTES * Math.ceil(size / WORD_BYTES));
  const cmsg = new DataView(control.buffer);
  cmsg.setBigUint64(0, BigInt(size), true);
  cmsg.setInt32(8, SOL_SOCKET, true);
  cmsg.setInt32(12, SCM_RIGHTS, true);
  for (const [i, descriptor] of descriptors.entries()) {
    cmsg.setInt32(CMSG_HEAD_BYTES + DESCRIPTOR_BYTES * i, descriptor, true);
  }
  const vector = new BigUint64Array([addressOf(bytes), BigInt(bytes.length)]);
  const header = new BigUint64Array(HEADER_WORDS);
  if (address !== undefined) {
    header[NAME_AT] = addressOf(address);
    header[NAME_SIZE_AT] = BigInt(address.length);
  }
  header[IOV_AT] = addressOf(vector);
  header[IOV_COUNT_AT] = 1n;
  header[CONTROL_AT] = addressOf(control);
  header[CONTROL_SIZE_AT] = BigInt(control.length);
  return Number(libc().sendmsg(fd, header, flags));
}

/** Where the memory of a buffer begins. It stays there as long as the buffer lives. */
export function addressOf(buffer: Uint8Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer));
}
