/**
 * Compiles a filter of system calls, see seccomp(2), kernel/seccomp.c and linux/filter.h.
 *
 * What is refused fails with EPERM, so that a program goes on and can say what it lacks. Calls that
 * are younger than the table pass. Calls by another convention of the machine (32 bits, x32) have
 * other numbers and are refused altogether.
 */
import { type Machine, syscallNumbers } from "./syscall_numbers.ts";

/** What a filter refuses. */
export interface FilterRequest {
  /** By name; one that the machine does not have is passed over. */
  readonly calls: readonly string[];
  /** New namespaces, which clone(2) makes, too. */
  readonly namespaces?: boolean;
  /** Typing into the terminal in its user's place: TIOCSTI and TIOCLINUX of ioctl(2). */
  readonly terminalInput?: boolean;
  /** Sockets but for those of the machine itself (Unix, netlink) and these. */
  readonly sockets?: { readonly tcp: boolean; readonly udp: boolean };
}

/** Offsets in struct seccomp_data; arguments by their lower half. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const argument = (index: number) => 16 + 8 * index;

/** AUDIT_ARCH_… of linux/audit.h. */
const ARCHITECTURES: Readonly<Record<Machine, number>> = {
  "x86_64": 0xc000_003e,
  aarch64: 0xc000_00b7,
};

/** __X32_SYSCALL_BIT: below it are the machine's own calls. */
const X32 = 0x4000_0000;

/** Of linux/filter.h. */
const LOAD = 0x20;
const AND = 0x54;
const IF_EQUAL = 0x15;
const IF_NOT_BELOW = 0x35;
const IF_ANY_BIT = 0x45;
const RETURN = 0x06;

const ALLOW = 0x7fff_0000;
const FAIL = 0x0005_0000;
const EPERM = 1;
const ENOSYS = 38;

/** NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET of linux/sched.h. */
const NAMESPACE_FLAGS = 0x7e02_0000;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const SOCK_TYPE_MASK = 0xf;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
/** A connection without connect(2), which Landlock does not see. */
const MSG_FASTOPEN = 0x2000_0000;

/** A label of the block, or one of those that each block has; absent: the next instruction. */
type Target = "refuse" | "allow" | "end" | "type" | "tcp" | undefined;

type Instruction = readonly [code: number, value: number, then?: Target, otherwise?: Target];

/** Instructions, and labels between them. It ends with its answers, and `end` is behind it. */
type Block = readonly (Instruction | Target)[];

const INSTRUCTION_BYTES = 8;

/** Returns the program that each system call of a process is judged by. */
export function compileFilter(request: FilterRequest, machine: Machine): Uint8Array<ArrayBuffer> {
  const numbers = syscallNumbers(machine);
  const of = (name: string) => numbers.get(name);
  const blocks: Block[] = [
    [[LOAD, ARCHITECTURE], [IF_EQUAL, ARCHITECTURES[machine], "end", "refuse"]],
    [[LOAD, NUMBER]],
  ];
  if (machine === "x86_64") blocks.push([[IF_NOT_BELOW, X32, "refuse", "end"]]);
  for (const name of request.calls) blocks.push(refused(of(name)));
  if (request.namespaces) blocks.push(...namespaceBlocks(of));
  if (request.terminalInput) blocks.push(terminalBlock(of("ioctl")));
  if (request.sockets !== undefined) blocks.push(...socketBlocks(of, request.sockets));
  return assemble([...blocks.flatMap(link), [RETURN, ALLOW, 0, 0]]);
}

type Numbers = (name: string) => number | undefined;

/** Where the machine has no such call, there is nothing to refuse. */
function refused(number: number | undefined): Block {
  return number === undefined ? [] : [[IF_EQUAL, number, "refuse", "end"]];
}

/** A call that is judged by an argument. */
function judged(number: number | undefined, index: number, rest: Block): Block {
  if (number === undefined) return [];
  return [[IF_EQUAL, number, undefined, "end"], [LOAD, argument(index)], ...rest];
}

/**
 * The flags of clone3(2) are in memory, where no filter can look: the C library takes clone(2)
 * where there is no other.
 */
function namespaceBlocks(of: Numbers): Block[] {
  return [
    [[IF_EQUAL, of("clone3") ?? 0, undefined, "end"], [RETURN, FAIL | ENOSYS]],
    judged(of("clone"), 0, [[IF_ANY_BIT, NAMESPACE_FLAGS, "refuse", "allow"]]),
  ];
}

function terminalBlock(ioctl: number | undefined): Block {
  return judged(ioctl, 1, [
    [IF_EQUAL, TIOCSTI, "refuse"],
    [IF_EQUAL, TIOCLINUX, "refuse", "allow"],
  ]);
}

/** io_uring makes sockets, too, and no filter sees it. */
function socketBlocks(of: Numbers, kinds: { tcp: boolean; udp: boolean }): Block[] {
  const flags: Block = [[IF_ANY_BIT, MSG_FASTOPEN, "refuse", "allow"]];
  return [
    judged(of("socket"), 0, kindsOfSocket(kinds)),
    refused(of("io_uring_setup")),
    judged(of("sendto"), 3, flags),
    judged(of("sendmsg"), 2, flags),
    judged(of("sendmmsg"), 3, flags),
  ];
}

function kindsOfSocket({ tcp, udp }: { tcp: boolean; udp: boolean }): Block {
  return [
    [IF_EQUAL, AF_UNIX, "allow"],
    [IF_EQUAL, AF_NETLINK, "allow"],
    [IF_EQUAL, AF_INET, "type"],
    [IF_EQUAL, AF_INET6, "type", "refuse"],
    "type",
    [LOAD, argument(1)],
    [AND, SOCK_TYPE_MASK],
    [IF_EQUAL, SOCK_STREAM, tcp ? "tcp" : "refuse"],
    [IF_EQUAL, SOCK_DGRAM, udp ? undefined : "refuse", "refuse"],
    [LOAD, argument(2)],
    [IF_EQUAL, 0, "allow"],
    [IF_EQUAL, IPPROTO_UDP, "allow", "refuse"],
    "tcp",
    [LOAD, argument(2)],
    [IF_EQUAL, 0, "allow"],
    [IF_EQUAL, IPPROTO_TCP, "allow", "refuse"],
  ];
}

/** With its distances: how many instructions are passed over. */
type Linked = readonly [code: number, value: number, then: number, otherwise: number];

const ANSWERS = { refuse: FAIL | EPERM, allow: ALLOW } as const;

/** Adds the answers that a block gives, and makes distances of its labels. */
function link(block: Block): Linked[] {
  const labels = new Map<Target, number>();
  const instructions: Instruction[] = [];
  for (const item of block) {
    if (typeof item === "object") instructions.push(item);
    else labels.set(item, instructions.length);
  }
  for (const [label, answer] of Object.entries(ANSWERS) as [Target, number][]) {
    if (!instructions.some(([, , then, other]) => then === label || other === label)) continue;
    labels.set(label, instructions.length);
    instructions.push([RETURN, answer]);
  }
  labels.set("end", instructions.length);
  return instructions.map(([code, value, then, other], at) => {
    const distance = (to: Target) => to === undefined ? 0 : (labels.get(to) ?? 0) - at - 1;
    return [code, value, distance(then), distance(other)];
  });
}

/** `struct sock_filter`: the code, two distances, the value. */
function assemble(instructions: readonly Linked[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, [code, value, then, other]] of instructions.entries()) {
    const at = i * INSTRUCTION_BYTES;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, then);
    view.setUint8(at + 3, other);
    view.setUint32(at + 4, value, true);
  }
  return bytes;
}
