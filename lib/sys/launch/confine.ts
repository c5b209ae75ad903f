/**
 * The entries of the table that take rights away from a process. What root alone may do comes
 * before the switch of user; the rest after it, and the filter last, since all that follows is
 * judged by it.
 */
import { capabilityName, maskOf } from "../../base/capabilities.ts";
import type {
  CapabilitySet,
  Confinement,
  LandlockRules,
  SyscallFilter,
} from "../../base/confinement.ts";
import { droppedFrom } from "../sandbox/capability_state.ts";
import type { CallTable } from "./call_table.ts";
import { countMountEntries } from "./mounts.ts";
import { AT_FDCWD, O_CLOEXEC, O_DIRECTORY } from "../libc/fcntl.ts";
import { AF_INET, SOCK_CLOEXEC, SOCK_STREAM } from "../libc/socket.ts";

/** From linux/prctl.h, linux/capability.h and linux/seccomp.h. */
const PR_SET_KEEPCAPS = 8;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const AMBIENT_RAISE = 2;
const AMBIENT_CLEAR_ALL = 4;
const CAPABILITY_VERSION_3 = 0x2008_0522;
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_LOG = 2;

const O_DIRECTORY_CLOEXEC = O_DIRECTORY | O_CLOEXEC;
const SOCK_STREAM_CLOEXEC = SOCK_STREAM | SOCK_CLOEXEC;
/** From linux/landlock.h. */
const READ_DIR = 1 << 3;
const BIND_TCP = 1;
/** 127.0.0.1 as it goes over the wire, in the upper half of the first word. */
const LOOPBACK = 0x0100_007fn;
const SOCKET_ADDRESS_BYTES = 16;

/** Besides one for each capability that is dropped, and one for each that is kept. */
const FIXED_ENTRIES = 16;
/** More capabilities than any kernel knows. */
const CAPABILITIES_MAX = 64;

/** Returns how many entries there may be. */
export function countConfiningEntries(confinement: Confinement | undefined): number {
  if (confinement === undefined) return 0;
  const { capabilities } = confinement;
  const mounts = countMountEntries(confinement);
  return FIXED_ENTRIES + mounts +
    (capabilities === undefined ? 0 : CAPABILITIES_MAX + capabilities.length);
}

/** Adds what comes before the switch of user. @throws {SystemError} for what cannot be. */
export function addBounds(
  table: CallTable,
  { capabilities, noNewPrivs }: Confinement,
  losesRoot: boolean,
): void {
  if (capabilities === undefined) return;
  for (const number of droppedFrom(capabilities, noNewPrivs)) {
    table.add("prctl", [PR_CAPBSET_DROP, number], { target: capabilityName(number) });
  }
  if (losesRoot && capabilities.length > 0) table.add("prctl", [PR_SET_KEEPCAPS, 1]);
}

/** Adds the sets of capabilities, as the user. */
export function addCapabilities(table: CallTable, capabilities: CapabilitySet): void {
  const target = capabilities.map(capabilityName).join(", ") || "no capability";
  const mask = maskOf(capabilities);
  const low = Number(mask & 0xffff_ffffn);
  const high = Number(mask >> 32n);
  const header = table.numbers([CAPABILITY_VERSION_3, 0]);
  // Effective, permitted, inheritable; the lower halves first.
  const sets = table.numbers([low, low, low, high, high, high]);
  table.add("capset", [header, sets], { target });
  // EINVAL before Linux 4.3, where there are none.
  table.add("prctl", [PR_CAP_AMBIENT, AMBIENT_CLEAR_ALL], { mayFail: true });
  for (const number of capabilities) {
    table.add("prctl", [PR_CAP_AMBIENT, AMBIENT_RAISE, number], { target: capabilityName(number) });
  }
}

/** The descriptors of a rule set, and of a number that nothing is open under. */
export interface SandboxDescriptors {
  readonly ruleset: number;
  readonly free: number;
}

/** Adds what no privilege is needed for, in the order in which one needs the other. */
export function addSandbox(
  table: CallTable,
  { noNewPrivs, landlock, filter }: Confinement,
  own: SandboxDescriptors,
): void {
  if (noNewPrivs) table.add("prctl", [PR_SET_NO_NEW_PRIVS, 1]);
  if (landlock !== undefined) {
    table.add("landlock_restrict_self", [own.ruleset, 0]);
    table.add("close", [own.ruleset]);
    addTrial(table, landlock, own.free);
  }
  if (filter !== undefined) addFilter(table, filter);
}

/** What is reported where something succeeds that the sandbox refuses. */
const UNCONFINED = "the kernel does not enforce the sandbox";

/** Tries what is refused: the root directory, a port. */
function addTrial(table: CallTable, rules: LandlockRules, free: number): void {
  const { handledFiles, handledPorts, paths, ports } = rules;
  const mustFail = () => table.add("close", [-1], { target: UNCONFINED });
  if ((handledFiles & READ_DIR) !== 0 && !paths.some(({ path }) => /^[/*]+$/.test(path))) {
    const root = table.text("/");
    table.add("openat", [AT_FDCWD, root, O_DIRECTORY_CLOEXEC], { skipsNext: true });
    mustFail();
  }
  if ((handledPorts & BIND_TCP) !== 0 && !ports.some(({ port }) => port === 0)) {
    table.add("socket", [AF_INET, SOCK_STREAM_CLOEXEC, 0], { mayFail: true });
    // Port 0 is any that is free, which nothing else would refuse.
    const address = table.words([BigInt(AF_INET) | LOOPBACK << 32n, 0n]);
    table.add("bind", [free, address, SOCKET_ADDRESS_BYTES], { skipsNext: true });
    mustFail();
    table.add("close", [free], { mayFail: true });
  }
}

function addFilter(table: CallTable, { program, log }: SyscallFilter): void {
  // `struct sock_fprog`: the number of instructions, and where they are.
  const instructions = table.block(program);
  const description = table.words([BigInt(program.length / 8), BigInt(instructions)]);
  const flags = log ? SECCOMP_FILTER_FLAG_LOG : 0;
  table.add("seccomp", [SECCOMP_SET_MODE_FILTER, flags, description]);
}
