import { assertEquals } from "@std/assert";
import { parseRights } from "../../../../lib/sys/processes/process_rights.ts";
import { test } from "../../../test.ts";

const STATUS = `Name:\tweb
State:\tS (sleeping)
Uid:\t1000\t1001\t1000\t1000
Gid:\t100\t101\t100\t100
Groups:\t5 101 
CapInh:\t0000000000000000
CapPrm:\t0000000000000400
CapEff:\t0000000000000400
CapBnd:\t00000000a80425fb
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
Seccomp_filters:\t1
`;

test("parseRights reads the effective user, its groups, capabilities and the filter", () => {
  assertEquals(parseRights(STATUS), {
    uid: 1001,
    groups: [101, 5],
    effective: 0x400n,
    permitted: 0x400n,
    noNewPrivs: true,
    isFiltered: true,
  });
});

test("a zombie, and a text that is cut off, have none", () => {
  assertEquals(parseRights(STATUS.replace("S (sleeping)", "Z (zombie)")), undefined);
  assertEquals(parseRights(STATUS.slice(0, STATUS.indexOf("CapInh"))), undefined);
});
