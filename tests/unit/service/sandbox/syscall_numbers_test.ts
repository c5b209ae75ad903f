import { assertEquals } from "@std/assert";
import { syscallNumbers } from "../../../../lib/service/sandbox/syscall_numbers.ts";
import { test } from "../../../test.ts";

/** The first and the last call of each run of the tables, by asm/unistd.h of both machines. */
const NUMBERS: readonly (readonly [string, x86: number | undefined, arm: number | undefined])[] = [
  ["read", 0, 63],
  ["rseq", 334, 293],
  ["io_setup", 206, 0],
  ["recvmmsg", 299, 243],
  ["wait4", 61, 260],
  ["kexec_file_load", 320, 294],
  ["open", 2, undefined],
  ["pidfd_send_signal", 424, 424],
  ["clone3", 435, 435],
  ["landlock_restrict_self", 446, 446],
];

test("system calls have the numbers of their machine; the younger ones have the same everywhere", () => {
  for (const [name, x86, arm] of NUMBERS) {
    assertEquals(syscallNumbers("x86_64").get(name), x86, name);
    assertEquals(syscallNumbers("aarch64").get(name), arm, name);
  }
});
