/**
 * Signals to chaperone itself, each with who sent it: a stop signal of the container's runtime
 * comes from outside, and a few mean that only from there.
 *
 * What the kernel tells a handler (siginfo_t) is known to no listener of Deno's, and realtime
 * signals have none. So the handler is a few machine instructions: it writes siginfo_t into a pipe,
 * with one system call, and the poller tells that there is something to read. Such a handler may
 * run on any thread, at any moment.
 *
 * What is in the pipe outlives execve(2): the next incarnation reads what the last one has
 * not. SIGCHLD belongs to children.ts, SIGPIPE to Deno, SIGTSTP and the like to the terminal.
 */
import { HALT_SIGNAL, type ReceivedSignal, SIGNAL } from "../../base/signals.ts";
import { SystemError } from "../../base/errors.ts";
import { O_CLOEXEC, O_NONBLOCK } from "../libc/fcntl.ts";
import { lastErrno, libc, SYSCALL } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";
import { unblockSignals } from "./signals.ts";

/** From bits/mman.h. */
const PROT_READ_WRITE = 3;
const PROT_READ_EXEC = 5;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** From bits/sigaction.h. */
const SA_SIGINFO = 4;
const SA_ONSTACK = 0x0800_0000;
const SA_RESTART = 0x1000_0000;

/** `struct sigaction` of glibc: handler, mask of 128 bytes, flags, restorer. */
const SIGACTION_BYTES = 152;
const MASK_AT = 8;
const FLAGS_AT = 136;

/**
 * `siginfo_t`: number, errno, code; the sender's pid follows at byte 16. Pipes take it whole or not
 * at all.
 */
const SIGINFO_BYTES = 128;
const CODE_AT = 8;
const PID_AT = 16;

/** From bits/siginfo-consts.h: the kernel itself sent it. */
const SI_KERNEL = 0x80;

const O_CLOEXEC_NONBLOCK = O_CLOEXEC | O_NONBLOCK;
const RECORDS_A_READ = 32;

/** The C library's own, which it does not let anybody set: SIGCANCEL and SIGSETXID, see nptl(7). */
const INTERNAL_SIGNALS = [32, 33];

/**
 * A fault of the program itself raises these: a handler that returns would meet the fault again and
 * again.
 */
const FAULT_SIGNALS = [
  SIGNAL.SIGILL,
  SIGNAL.SIGTRAP,
  SIGNAL.SIGBUS,
  SIGNAL.SIGFPE,
  SIGNAL.SIGSEGV,
  SIGNAL.SIGSYS,
];

/** What chaperone may be told to end by. No flood of others may keep these from being heard. */
const STOP_SIGNALS = [
  SIGNAL.SIGTERM,
  SIGNAL.SIGINT,
  SIGNAL.SIGQUIT,
  SIGNAL.SIGPWR,
  HALT_SIGNAL,
];

const OTHER_SIGNALS = [
  SIGNAL.SIGHUP,
  SIGNAL.SIGABRT,
  SIGNAL.SIGUSR1,
  SIGNAL.SIGUSR2,
  SIGNAL.SIGALRM,
  SIGNAL.SIGSTKFLT,
  SIGNAL.SIGCONT,
  SIGNAL.SIGURG,
  SIGNAL.SIGXCPU,
  SIGNAL.SIGXFSZ,
  SIGNAL.SIGVTALRM,
  SIGNAL.SIGPROF,
  SIGNAL.SIGWINCH,
  SIGNAL.SIGIO,
  ...Array.from({ length: 31 }, (_, index) => 34 + index).filter((each) => each !== HALT_SIGNAL),
];

/** SIG_IGN in the kernel's `struct sigaction`, whose other fields are 0 then. */
const IGNORE = new Uint8Array(32);
IGNORE[0] = 1;
const KERNEL_SIGSET_BYTES = 8n;

/** Signals that are listened to. */
export interface OwnSignals {
  /** Where what has not been read stands, for the next incarnation. */
  readonly descriptors: readonly number[];
  /** Gives the signals back what they did before. */
  close(): void;
}

/**
 * Calls back for each signal and so keeps it from ending the program, PID 1 or not. Children start
 * with default actions. What another incarnation has left in `left` is delivered first.
 * @throws {SystemError}
 */
export function listenToOwnSignals(
  poller: Poller,
  listener: (signal: ReceivedSignal) => void,
  left: readonly number[] = [],
): OwnSignals {
  const groups = [STOP_SIGNALS, OTHER_SIGNALS];
  const pipes = groups.map(openSignalPipe);
  const handlers = placeHandlers(pipes.map(({ writer }) => writer));
  const before = groups.flatMap((signals, at) =>
    signals.map((signal) => ({ signal, action: handle(signal, handlers[at] as bigint) }))
  );
  // The kernel drops these for PID 1 only while the main thread does not block them, and
  // posix_spawn(3) and pthread_create(3) block all for a moment: one that comes then would be
  // fatal.
  if (Deno.pid === 1) {
    for (const signal of [...FAULT_SIGNALS, ...INTERNAL_SIGNALS]) {
      ignore(signal);
    }
  }
  for (const fd of left) {
    readRecords(fd, listener);
    libc().close(fd);
  }
  for (const { reader } of pipes) poller.add(reader, () => readRecords(reader, listener));
  // Those that are pending come at once.
  unblockSignals();
  return {
    descriptors: pipes.map(({ reader }) => reader),
    close() {
      for (const { signal, action } of before) libc().sigaction(signal, action, null);
      for (const { reader, writer } of pipes) {
        poller.remove(reader);
        libc().close(reader);
        libc().close(writer);
      }
    },
  };
}

function openSignalPipe(): { readonly reader: number; readonly writer: number } {
  const pair = new Int32Array(2);
  if (libc().pipe2(pair, O_CLOEXEC_NONBLOCK) < 0) throw new SystemError("pipe", lastErrno());
  return { reader: pair[0] as number, writer: pair[1] as number };
}

/**
 * `write(fd, info, 128)`, where `info` is in the register in which write(2) wants it, and return.
 */
function handlerCode(fd: number): Uint8Array {
  if (Deno.build.arch === "aarch64") {
    // mov x8, #64; mov w0, #fd; mov x2, #128; svc #0; ret
    const words = [0xd2800808, 0x52800000 | (fd << 5), 0xd2801002, 0xd4000001, 0xd65f03c0];
    return new Uint8Array(new Uint32Array(words).buffer);
  }
  // mov eax, 1; mov edi, fd; mov edx, 128; syscall; ret
  const code = [0xb8, 1, 0, 0, 0, 0xbf, 0, 0, 0, 0, 0xba, SIGINFO_BYTES, 0, 0, 0, 0x0f, 5, 0xc3];
  const bytes = new Uint8Array(code);
  new DataView(bytes.buffer).setInt32(6, fd, true);
  return bytes;
}

const HANDLER_ROOM = 32;

/** Puts a handler for each descriptor into a page of its own, which stays: threads may be in it. */
function placeHandlers(descriptors: readonly number[]): bigint[] {
  const { mmap, mprotect } = libc();
  const length = BigInt(descriptors.length * HANDLER_ROOM);
  const page = mmap(null, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0n);
  const address = Deno.UnsafePointer.value(page);
  if (page === null || address === MAP_FAILED) throw new SystemError("mmap", lastErrno());
  const bytes = new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(page, Number(length)));
  const handlers = descriptors.map((fd, at) => {
    bytes.set(handlerCode(fd), at * HANDLER_ROOM);
    return address + BigInt(at * HANDLER_ROOM);
  });
  // The kernel sees to it that the instructions are seen, see arch/arm64 flush_dcache.
  if (mprotect(page, length, PROT_READ_EXEC) < 0) throw new SystemError("mprotect", lastErrno());
  return handlers;
}

/** Returns what the signal did before. */
function handle(signal: number, handler: bigint): Uint8Array<ArrayBuffer> {
  const action = new Uint8Array(SIGACTION_BYTES);
  action.fill(0xff, MASK_AT, FLAGS_AT);
  const view = new DataView(action.buffer);
  view.setBigUint64(0, handler, true);
  view.setUint32(FLAGS_AT, SA_SIGINFO | SA_ONSTACK | SA_RESTART, true);
  const before = new Uint8Array(SIGACTION_BYTES);
  libc().sigaction(signal, action, before);
  return before;
}

function ignore(signal: number): void {
  libc().syscallSigaction(SYSCALL.rtSigaction, signal, IGNORE, null, KERNEL_SIGSET_BYTES);
}

function readRecords(fd: number, listener: (signal: ReceivedSignal) => void): void {
  const bytes = new Uint8Array(SIGINFO_BYTES * RECORDS_A_READ);
  const length = libc().read(fd, bytes, BigInt(bytes.length));
  for (let at = 0; at + SIGINFO_BYTES <= length; at += SIGINFO_BYTES) {
    listener(readSignal(new DataView(bytes.buffer, at, SIGINFO_BYTES)));
  }
}

function readSignal(info: DataView): ReceivedSignal {
  const signal = info.getInt32(0, true);
  if (info.getInt32(CODE_AT, true) === SI_KERNEL) return { signal, origin: "kernel" };
  // A sender that this namespace does not know has no number in it.
  return { signal, origin: info.getInt32(PID_AT, true) === 0 ? "outside" : "inside" };
}
