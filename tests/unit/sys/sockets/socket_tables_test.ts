import { assertEquals } from "@std/assert";
import { listeningSockets, portsByInode } from "../../../../lib/sys/sockets/socket_tables.ts";
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
