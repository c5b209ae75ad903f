/**
 * Compiles a filter of system calls, see seccomp(2), kernel/seccomp.c and linux/filter.h.
 *
 * What is refused fails with EPERM, so that a program goes on and can say what it lacks. Calls that
 * are younger than the table pass. Calls by another convention of the machine (32 bits, x32) have
 * other numbers and are refused altogether.
 *
 * A call is found by halving the numbers: when a process takes a filter on, the kernel runs it for
 * each call that it has, to learn which are always allowed.
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
const JUMP = 0x05;
const RETURN = 0x06;

/** How many instructions a comparison can pass over. */
const DISTANCE_MAX = 255;

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
type Target = "refuse" | "allow" | "type" | "tcp" | undefined;

type Instruction = readonly [code: number, value: number, then?: Target, otherwise?: Target];

/** Instructions, and labels between them. It ends with its answers. */
type Block = readonly (Instruction | Target)[];

const INSTRUCTION_BYTES = 8;

/** Returns the program that each system call of a process is judged by. */
export function compileFilter(request: FilterRequest, machine: Machine): Uint8Array<ArrayBuffer> {
  const numbers = syscallNumbers(machine);
  const answers = new Map<number, Program>();
  for (const [name, answer] of answersOf(request)) {
    const number = numbers.get(name);
    if (number !== undefined && !answers.has(number)) answers.set(number, answer);
  }
  if (machine === "x86_64") answers.set(X32, REFUSED);
  return assemble([
    [LOAD, ARCHITECTURE, 0, 0],
    [IF_EQUAL, ARCHITECTURES[machine], 1, 0],
    ...REFUSED,
    [LOAD, NUMBER, 0, 0],
    ...choose(rangesOf(answers)),
  ]);
}

/** What calls meet that are not simply allowed; the first answer to a call counts. */
function* answersOf(
  { calls, namespaces, terminalInput, sockets }: FilterRequest,
): Iterable<readonly [name: string, answer: Program]> {
  for (const name of calls) yield [name, REFUSED];
  // The flags of clone3(2) are in memory, where no filter can look: the C library takes clone(2)
  // where there is no other.
  if (namespaces) {
    yield ["clone3", [[RETURN, FAIL | ENOSYS, 0, 0]]];
    yield ["clone", judged(0, [[IF_ANY_BIT, NAMESPACE_FLAGS, "refuse", "allow"]])];
  }
  if (terminalInput) yield ["ioctl", judged(1, TERMINAL_INPUT)];
  if (sockets === undefined) return;
  const flags: Block = [[IF_ANY_BIT, MSG_FASTOPEN, "refuse", "allow"]];
  yield ["socket", judged(0, kindsOfSocket(sockets))];
  // It makes sockets, too, and no filter sees it.
  yield ["io_uring_setup", REFUSED];
  yield ["sendto", judged(3, flags)];
  yield ["sendmsg", judged(2, flags)];
  yield ["sendmmsg", judged(3, flags)];
}

/** An answer by an argument of the call. */
function judged(index: number, rest: Block): Program {
  return link([[LOAD, argument(index)], ...rest]);
}

const TERMINAL_INPUT: Block = [
  [IF_EQUAL, TIOCSTI, "refuse"],
  [IF_EQUAL, TIOCLINUX, "refuse", "allow"],
];

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

/** Instructions each of whose ways ends with an answer. */
type Program = readonly Linked[];

const ALLOWED: Program = [[RETURN, ALLOW, 0, 0]];
const REFUSED: Program = [[RETURN, FAIL | EPERM, 0, 0]];
const ANSWERS = { refuse: REFUSED, allow: ALLOWED } as const;

/** Adds the answers that a block gives, and makes distances of its labels. */
function link(block: Block): Program {
  const labels = new Map<Target, number>();
  const instructions: Instruction[] = [];
  for (const item of block) {
    if (typeof item === "object") instructions.push(item);
    else labels.set(item, instructions.length);
  }
  const ends = Object.entries(ANSWERS) as [Target, Program][];
  const given = ends.filter(([label]) =>
    instructions.some(([, , then, otherwise]) => then === label || otherwise === label)
  );
  for (const [i, [label]] of given.entries()) labels.set(label, instructions.length + i);
  const linked = instructions.map(([code, value, then, otherwise], at): Linked => {
    const distance = (to: Target) => to === undefined ? 0 : (labels.get(to) ?? 0) - at - 1;
    return [code, value, distance(then), distance(otherwise)];
  });
  return [...linked, ...given.flatMap(([, answer]) => answer)];
}

/** The numbers from one on, up to the next range, have one answer. */
interface Range {
  readonly from: number;
  readonly answer: Program;
}

/** All numbers: those without an answer are allowed, and from `X32` on there is but one. */
function rangesOf(answers: ReadonlyMap<number, Program>): Range[] {
  const ranges: Range[] = [{ from: 0, answer: ALLOWED }];
  const add = (from: number, answer: Program) => {
    const last = ranges.at(-1);
    if (last?.from === from) ranges.pop();
    if (ranges.at(-1)?.answer !== answer) ranges.push({ from, answer });
  };
  for (const [number, answer] of [...answers].sort(([a], [b]) => a - b)) {
    add(number, answer);
    if (number < X32) add(number + 1, ALLOWED);
  }
  return ranges;
}

/** Finds the range of the number that is loaded. There is at least one. */
function choose(ranges: readonly Range[]): Program {
  const middle = ranges.length >> 1;
  const { from, answer } = ranges[middle] as Range;
  if (middle === 0) return answer;
  const below = choose(ranges.slice(0, middle));
  const above = choose(ranges.slice(middle));
  if (below.length <= DISTANCE_MAX) {
    return [[IF_NOT_BELOW, from, below.length, 0], ...below, ...above];
  }
  return [[IF_NOT_BELOW, from, 0, 1], [JUMP, below.length, 0, 0], ...below, ...above];
}

/** `struct sock_filter`: the code, two distances, the value. */
function assemble(instructions: Program): Uint8Array<ArrayBuffer> {
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
