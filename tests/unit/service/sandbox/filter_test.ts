/** What filters let pass, by an interpreter of the instructions that they are made of. */
import { assertEquals, assertLess } from "@std/assert";
import { compileFilter, type FilterRequest } from "../../../../lib/service/sandbox/filter.ts";
import {
  isSyscall,
  type Machine,
  syscallNumbers,
} from "../../../../lib/service/sandbox/syscall_numbers.ts";
import { NEEDED_CALLS, refusedCalls } from "../../../../lib/service/sandbox/syscall_presets.ts";
import { test } from "../../../test.ts";

const MACHINES: readonly Machine[] = ["x86_64", "aarch64"];
const ARCHITECTURE: Readonly<Record<Machine, number>> = {
  "x86_64": 0xc000003e,
  aarch64: 0xc00000b7,
};

interface Call {
  readonly number: number;
  readonly architecture: number;
  readonly args?: readonly number[];
}

/** Runs a program on one call: `allow`, or the errno it fails with. */
function judge(program: Uint8Array<ArrayBuffer>, call: Call): "allow" | number {
  return run(program, call).answer;
}

function countSteps(program: Uint8Array<ArrayBuffer>, call: Call): number {
  return run(program, call).steps;
}

function run(
  program: Uint8Array<ArrayBuffer>,
  call: Call,
): { readonly answer: "allow" | number; readonly steps: number } {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.architecture, true);
  for (const [i, value] of (call.args ?? []).entries()) {
    data.setBigUint64(16 + 8 * i, BigInt(value), true);
  }
  const view = new DataView(program.buffer);
  let accumulator = 0;
  let steps = 0;
  for (let at = 0;; at++) {
    steps++;
    const k = view.getUint32(8 * at + 4, true);
    const jump = (holds: boolean) => at += view.getUint8(8 * at + (holds ? 2 : 3));
    switch (view.getUint16(8 * at, true)) {
      case 0x20:
        accumulator = data.getUint32(k, true);
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x15:
        jump(accumulator === k);
        break;
      case 0x05:
        at += k;
        break;
      case 0x35:
        jump(accumulator >= k);
        break;
      case 0x45:
        jump((accumulator & k) !== 0);
        break;
      case 0x06:
        return { answer: answerOf(k), steps };
      default:
        throw new Error(`instruction ${at}`);
    }
  }
}

function answerOf(k: number): "allow" | number {
  if (k === 0x7fff0000) return "allow";
  return (k & 0xffff0000) === 0x50000 ? k & 0xffff : NaN;
}

function judgeName(request: FilterRequest, machine: Machine, name: string, ...args: number[]) {
  const number = syscallNumbers(machine).get(name);
  if (number === undefined) throw new Error(`${machine} has no ${name}`);
  const architecture = ARCHITECTURE[machine];
  return judge(compileFilter(request, machine), { number, architecture, args });
}

const EPERM = 1;
const ENOSYS = 38;

function preset(name: "default" | "strict"): string[] {
  return refusedCalls({ preset: name, refuse: [], allow: [], log: false });
}

test("a preset refuses all of its calls, and no other, on each machine", () => {
  for (const machine of MACHINES) {
    for (const calls of [preset("default"), preset("strict")]) {
      const program = compileFilter({ calls }, machine);
      const architecture = ARCHITECTURE[machine];
      for (const [name, number] of syscallNumbers(machine)) {
        const expected = calls.includes(name) ? EPERM : "allow";
        assertEquals(judge(program, { number, architecture }), expected, `${machine} ${name}`);
      }
      assertEquals(judge(program, { number: 700, architecture }), "allow");
    }
  }
});

test("a call is judged by a handful of comparisons, whatever its number", () => {
  for (const machine of MACHINES) {
    const program = compileFilter({ calls: preset("strict"), namespaces: true }, machine);
    const architecture = ARCHITECTURE[machine];
    for (const number of syscallNumbers(machine).values()) {
      assertLess(countSteps(program, { number, architecture }), 16);
    }
  }
});

test("however many calls are refused, each is judged by its own number", () => {
  for (const machine of MACHINES) {
    const all = [...syscallNumbers(machine)];
    const calls = all.filter((_, i) => i % 2 === 0).map(([name]) => name);
    const program = compileFilter({ calls }, machine);
    const architecture = ARCHITECTURE[machine];
    for (const [name, number] of all) {
      const expected = calls.includes(name) ? EPERM : "allow";
      assertEquals(judge(program, { number, architecture }), expected, `${machine} ${name}`);
    }
  }
});

test("what is refused altogether is not allowed by its arguments", () => {
  const request = { calls: ["clone", "ioctl", "socket"], namespaces: true, terminalInput: true };
  const sockets = { tcp: true, udp: true };
  for (const machine of MACHINES) {
    for (const name of request.calls) {
      assertEquals(judgeName({ ...request, sockets }, machine, name, 1, 1), EPERM, name);
    }
  }
});

test("presets know each call that they name, and leave the launcher what it needs", () => {
  for (const name of preset("strict")) assertEquals(isSyscall(name), true, name);
  for (const name of NEEDED_CALLS) assertEquals(preset("strict").includes(name), false, name);
});

test("calls by another convention of the machine are refused", () => {
  const request = { calls: [] };
  const other = judge(compileFilter(request, "x86_64"), { number: 1, architecture: 0x40000003 });
  assertEquals(other, EPERM);
  const x32 = { number: 0x40000001, architecture: ARCHITECTURE["x86_64"] };
  assertEquals(judge(compileFilter(request, "x86_64"), x32), EPERM);
});

test("a namespace is refused to clone, and clone3 is not there", () => {
  const request = { calls: ["unshare"], namespaces: true };
  for (const machine of MACHINES) {
    const THREAD = 0x003d0f00;
    assertEquals(judgeName(request, machine, "clone", THREAD), "allow");
    assertEquals(judgeName(request, machine, "clone", 17), "allow");
    for (const bit of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000]) {
      assertEquals(judgeName(request, machine, "clone", bit | 17), EPERM, bit.toString(16));
    }
    assertEquals(judgeName(request, machine, "clone", 0x40000000 | 17), EPERM);
    assertEquals(judgeName(request, machine, "clone3"), ENOSYS);
    assertEquals(judgeName({ calls: [] }, machine, "clone", 0x20000), "allow");
  }
});

test("nothing is typed into a terminal in its user's place", () => {
  const request = { calls: [], terminalInput: true };
  for (const machine of MACHINES) {
    assertEquals(judgeName(request, machine, "ioctl", 0, 0x5412), EPERM);
    assertEquals(judgeName(request, machine, "ioctl", 0, 0x541c), EPERM);
    // The kernel looks at the lower half only.
    assertEquals(judgeName(request, machine, "ioctl", 0, 0x1_0000_5412), EPERM);
    assertEquals(judgeName(request, machine, "ioctl", 0, 0x5401), "allow");
  }
});

const STREAM = 1;
const DATAGRAM = 2;
const RAW = 3;
const CLOEXEC = 0o2000000;

test("sockets are those of the machine itself, and the kinds that are asked for", () => {
  const cases: [kinds: { tcp: boolean; udp: boolean }, args: number[], isAllowed: boolean][] = [
    [{ tcp: false, udp: false }, [1, STREAM], true],
    [{ tcp: false, udp: false }, [16, RAW, 0], true],
    [{ tcp: false, udp: false }, [2, STREAM], false],
    [{ tcp: false, udp: false }, [10, DATAGRAM], false],
    [{ tcp: true, udp: false }, [2, STREAM | CLOEXEC, 0], true],
    [{ tcp: true, udp: false }, [10, STREAM, 6], true],
    // MPTCP and SCTP, which Landlock does not see.
    [{ tcp: true, udp: false }, [2, STREAM, 262], false],
    [{ tcp: true, udp: false }, [2, STREAM, 132], false],
    [{ tcp: true, udp: false }, [2, DATAGRAM], false],
    [{ tcp: true, udp: true }, [2, DATAGRAM | CLOEXEC, 17], true],
    [{ tcp: true, udp: true }, [10, DATAGRAM], true],
    [{ tcp: true, udp: true }, [2, DATAGRAM, 136], false],
    [{ tcp: true, udp: true }, [2, RAW, 1], false],
    [{ tcp: true, udp: true }, [2, 5, 0], false],
    // Packets, the machine's own host, cryptography of the kernel.
    [{ tcp: true, udp: true }, [17, RAW], false],
    [{ tcp: true, udp: true }, [40, STREAM], false],
    [{ tcp: true, udp: true }, [38, 5], false],
  ];
  for (const machine of MACHINES) {
    for (const [sockets, args, isAllowed] of cases) {
      const found = judgeName({ calls: [], sockets }, machine, "socket", ...args);
      assertEquals(found, isAllowed ? "allow" : EPERM, `${machine} ${JSON.stringify(args)}`);
    }
  }
});

test("a connection without connect, and io_uring, are no way around", () => {
  const request = { calls: [], sockets: { tcp: true, udp: true } };
  const FAST_OPEN = 0x20000000;
  for (const machine of MACHINES) {
    assertEquals(judgeName(request, machine, "sendto", 3, 0, 0, FAST_OPEN), EPERM);
    assertEquals(judgeName(request, machine, "sendto", 3, 0, 0, 0x4000), "allow");
    assertEquals(judgeName(request, machine, "sendmsg", 3, 0, FAST_OPEN), EPERM);
    assertEquals(judgeName(request, machine, "sendmmsg", 3, 0, 1, FAST_OPEN), EPERM);
    assertEquals(judgeName(request, machine, "sendmmsg", 3, 0, 1, 0), "allow");
    assertEquals(judgeName(request, machine, "io_uring_setup"), EPERM);
    assertEquals(judgeName({ calls: [] }, machine, "io_uring_setup"), "allow");
  }
});

test("a policy adds to its preset, and takes away from it", () => {
  const policy = { preset: "default", refuse: ["chmod"], allow: ["ptrace"], log: false } as const;
  const calls = refusedCalls(policy);
  assertEquals(calls.includes("chmod"), true);
  assertEquals(calls.includes("ptrace"), false);
  assertEquals(calls.includes("mount"), true);
});
