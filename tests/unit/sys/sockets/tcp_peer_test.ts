import { assertEquals } from "@std/assert";
import { peerUser, remoteEnd, type TcpEnd } from "../../../../lib/sys/sockets/tcp_peer.ts";
import { ipAddress } from "../../../../lib/sys/libc/ip_address.ts";
import { test } from "../../../test.ts";

// Opened here, the C library does not count as something that a test left behind.
ipAddress(2, "127.0.0.1", 1);

const HEAD = "  sl  local_address rem_address   st\n";

interface Row {
  readonly state?: string;
  readonly uid?: number;
  readonly inode?: number;
}

/** A line as the kernel writes it. */
function row(local: string, remote: string, { state = "01", uid = 0, inode = 77 }: Row): string {
  return `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  ${uid}  0 ` +
    `${inode} 1 0\n`;
}

const OWN: TcpEnd = { address: "127.0.0.1", port: 8080 };
const PEER: TcpEnd = { address: "127.0.0.1", port: 50000 };

test("F-010: the user at the other end is told by both addresses and both ports", () => {
  const table = HEAD +
    row("0100007F:1F90", "00000000:0000", { state: "0A" }) +
    row("0100007F:1F90", "0100007F:C350", {}) +
    row("0100007F:C350", "0100007F:1F90", { uid: 1000 }) +
    row("0200007F:C350", "0100007F:1F90", { uid: 1001 }) +
    row("0100007F:C351", "0100007F:1F90", { uid: 1002 });
  const find = (peer: TcpEnd, own = OWN) => peerUser([table], own, peer);
  assertEquals(find(PEER), 1000);
  assertEquals(find({ ...PEER, address: "127.0.0.2" }), 1001);
  assertEquals(find({ ...PEER, port: 50001 }), 1002);
  assertEquals(find({ ...PEER, port: 50002 }), undefined);
  assertEquals(find({ ...PEER, address: "127.0.0.3" }), undefined);
  assertEquals(find(PEER, { ...OWN, port: 8081 }), undefined);
});

test("F-010: a connection counts in whatever state it is", () => {
  for (const state of ["01", "02", "04", "05", "06", "08", "09", "0B"]) {
    const table = HEAD + row("0100007F:C350", "0100007F:1F90", { state, uid: 1000 });
    assertEquals(peerUser([table], OWN, PEER), 1000, state);
  }
});

test("F-010: two candidates, and none, are nobody", () => {
  const line = (uid: number) => row("0100007F:C350", "0100007F:1F90", { uid });
  assertEquals(peerUser([HEAD + line(0) + line(1000)], OWN, PEER), undefined);
  assertEquals(peerUser([HEAD + line(0), HEAD + line(0)], OWN, PEER), undefined);
  for (const table of ["", HEAD, "x", "a\nb c d :C350"]) {
    assertEquals(peerUser([table], OWN, PEER), undefined);
  }
});

test("F-010: a socket that no process has any more is not root's, though the kernel writes 0", () => {
  const table = HEAD + row("0100007F:C350", "0100007F:1F90", { state: "05", inode: 0 });
  assertEquals(peerUser([table], OWN, PEER), undefined);
});

test("F-010: IPv6, and IPv4 by a socket of IPv6", () => {
  const loopback = "00000000000000000000000001000000";
  const mapped = "0000000000000000FFFF00000100007F";
  const table = HEAD + row(`${loopback}:C350`, `${loopback}:1F90`, { uid: 1000 }) +
    row(`${mapped}:C350`, `${mapped}:1F90`, { uid: 1001 });
  const v6 = (port: number) => ({ address: "::1", port });
  assertEquals(peerUser(["", table], v6(8080), v6(50000)), 1000);
  assertEquals(peerUser(["", table], OWN, PEER), 1001);
});

test("F-010: an end is read from what the kernel says of a socket", () => {
  for (
    const [family, host, text] of [
      [2, "127.0.0.1", "127.0.0.1"],
      [10, "::1", "::1"],
      [10, "::ffff:127.0.0.2", "127.0.0.2"],
    ] as const
  ) {
    const bytes = ipAddress(family, host, 50000)?.bytes;
    assertEquals(remoteEnd(new DataView(bytes?.buffer as ArrayBuffer)), {
      address: text,
      port: 50000,
    });
  }
  assertEquals(remoteEnd(new DataView(new ArrayBuffer(16))), undefined);
});
