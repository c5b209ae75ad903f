import { assertEquals } from "@std/assert";
import { formatIpv6 } from "../../../../lib/sys/libc/ip_address.ts";
import { test } from "../../../test.ts";

test("formatIpv6 shortens the longest run of zeros, and writes IPv4 as such", () => {
  const table: [readonly number[], string][] = [
    [[0, 0, 0, 0, 0, 0, 0, 1], "::1"],
    [[0, 0, 0, 0, 0, 0, 0, 0], "::"],
    [[0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], "2001:db8::1:0:0:1"],
    [[0xfe80, 0, 0, 0, 0, 0, 0, 0], "fe80::"],
    [[0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], "2001:db8:0:1:1:1:1:1"],
    [[1, 0, 0, 2, 0, 0, 0, 3], "1:0:0:2::3"],
    [[0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0207], "192.0.2.7"],
  ];
  for (const [groups, text] of table) assertEquals(formatIpv6(groups), text);
});
