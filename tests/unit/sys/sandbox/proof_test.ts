/** What of a process contradicts what was asked for. */
import { assertEquals } from "@std/assert";
import { capabilityName, capabilityNumber } from "../../../../lib/base/capabilities.ts";
import { parsePrivileges } from "../../../../lib/sys/processes/proc_text.ts";
import { differenceOf } from "../../../../lib/sys/sandbox/proof.ts";
import { test } from "../../../test.ts";

const STATUS = `Name:\tagent
State:\tS (sleeping)
CapInh:\t0000000000000000
CapPrm:\t0000000000000401
CapEff:\t0000000000000401
CapBnd:\t00000000a80425fb
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
Seccomp_filters:\t2
`;

const found = parsePrivileges(STATUS);
if (found === undefined) throw new Error("no privileges");

test("privileges are read as the kernel writes them", () => {
  assertEquals(found, {
    inheritable: 0n,
    permitted: 0x401n,
    effective: 0x401n,
    bounding: 0xa80425fbn,
    ambient: 0n,
    noNewPrivs: true,
    seccompMode: 2,
    filters: 2,
    isZombie: false,
  });
  assertEquals(parsePrivileges("Name:\tx\n"), undefined);
});

test("what a process has given up by itself is no contradiction, what it has more is", () => {
  const none = { noNewPrivs: true, filters: 2 };
  assertEquals(differenceOf(found, none), undefined);
  assertEquals(differenceOf(found, { ...none, capabilities: [0, 10, 11] }), undefined);
  assertEquals(differenceOf(found, { ...none, capabilities: [0] }), "CapPrm has NET_BIND_SERVICE");
  const bounded = { ...none, capabilities: [0, 10], isBounded: true };
  assertEquals(differenceOf(found, bounded)?.startsWith("CapBnd has DAC_OVERRIDE"), true);
  const free = { ...found, noNewPrivs: false };
  assertEquals(differenceOf(free, none), "NoNewPrivs is 0");
  assertEquals(differenceOf({ ...found, seccompMode: 0 }, none), "Seccomp is 0");
  assertEquals(differenceOf(found, { ...none, filters: 3 }), "Seccomp_filters is 2, not 3");
  assertEquals(differenceOf({ ...found, filters: undefined }, { ...none, filters: 3 }), undefined);
  assertEquals(differenceOf({ ...free, isZombie: true }, none), undefined);
});

test("capabilities are known with and without their prefix", () => {
  assertEquals(capabilityNumber("NET_BIND_SERVICE"), 10);
  assertEquals(capabilityNumber("cap_checkpoint_restore"), 40);
  assertEquals(capabilityNumber("NET_BIND"), undefined);
  assertEquals(capabilityName(0), "CHOWN");
  assertEquals(capabilityName(63), "CAP_63");
});
