/**
 * All that only configurations with `sandbox`, `syscalls`, `capabilities` or `no_new_privs` need: a
 * text of its own in the compiled program (lib/build/bundle.ts).
 */
import {
  parseSandbox,
  parseSyscalls as parseKnownSyscalls,
  type SandboxRead,
} from "../../config/sandbox.ts";
import type { SyscallPolicy } from "../../config/sandbox_model.ts";
import { isSyscall } from "./syscall_numbers.ts";
import { NEEDED_CALLS } from "./syscall_presets.ts";

export { parseSandbox };
export { planConfinement } from "./confine.ts";

/** Reads `syscalls`. */
export function parseSyscalls(words: readonly string[]): SandboxRead<SyscallPolicy> {
  return parseKnownSyscalls(words, { isSyscall, needed: NEEDED_CALLS });
}
