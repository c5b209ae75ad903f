import { assertEquals } from "@std/assert";
import {
  countPeers,
  listeningSockets,
  portsByInode,
} from "../../../../lib/sys/sockets/socket_tables.ts";
import { test } from "../../../test.ts";

test("listeningSockets finds who listens on a port, not who is connected to or from it", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 4711 1",
    "   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1001        0 4712 1",
    "   2: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 4713 1",
    "   3: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4714 1",
  ].join("\n");
  assertEquals(listeningSockets(table, 8080), [{ inode: "4711", uid: 1001 }]);
  assertEquals(listeningSockets(table, 8081), [{ inode: "4714", uid: 0 }]);
  assertEquals(listeningSockets(table, 80), []);
  assertEquals(listeningSockets("", 80), []);
  assertEquals([...portsByInode(table)], [["4711", 8080], ["4714", 8081]]);
});

test("who is connected to a service is counted by its own sockets", () => {
  const row = (local: string, remote: string, state: string, inode: number) =>
    `   0: 0100007F:${local} 0100007F:${remote} ${state} 00000000:00000000 00:0 0     0        0 ${inode} 1\n`;
  const tcp = "  sl  local_address rem_address   st\n" +
    row("1F90", "0000", "0A", 1) +
    row("1F90", "C000", "01", 2) +
    row("1F90", "C001", "01", 3) +
    row("1F90", "C002", "08", 4) +
    row("1F90", "C003", "06", 5) +
    // It talks to a database.
    row("C004", "1538", "01", 6);
  const unix = "Num       RefCount Protocol Flags    Type St Inode Path\n" +
    "0000000000000000: 00000002 00000000 00010000 0001 01 20 /run/a.sock\n" +
    "0000000000000000: 00000003 00000000 00000000 0001 03 21 /run/a.sock\n" +
    "0000000000000000: 00000003 00000000 00000000 0001 03 22 /run/b.sock\n" +
    "0000000000000000: 00000003 00000000 00000000 0001 03 23\n";
  const count = (...inodes: number[]) =>
    countPeers({ tcp: [tcp, ""], unix }, new Set(inodes.map(String)));
  assertEquals(count(), 0);
  assertEquals(count(1), 0);
  assertEquals(count(1, 2, 4, 5, 6), 2, "that of another instance is not its own");
  assertEquals(count(2, 3), 0, "it listens no more");
  assertEquals(count(1, 3, 20, 21, 22, 23), 2);
});
