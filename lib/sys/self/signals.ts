/** Signals to chaperone itself. SIGCHLD belongs to children.ts. */
import { SIGNAL } from "../../base/signals.ts";
import { addressOfFunction, libc, SYSCALL } from "../libc/libc.ts";

/** What chaperone reacts to. */
export type OwnSignal = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGUSR1" | "SIGUSR2";

const OWN_SIGNALS: readonly OwnSignal[] = ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2"];

/** From bits/sigaction.h and bits/types/__sigset_t.h. */
const SIG_SETMASK = 2;
const SIGSET_BYTES = 128;

/**
 * Lets all signals through that who started chaperone has blocked: the mask outlives execve(2), and with
 * SIGTERM or SIGCHLD blocked PID 1 could neither be stopped nor reap. One thread that takes them is enough.
 */
function unblockSignals(): void {
  if (isAnyBlocked()) setBlocked("none");
}

/** Blocks all signals in this thread, so that they pend, or none. What cannot be blocked is not. */
export function setBlocked(which: "all" | "none"): void {
  const set = new Uint8Array(new ArrayBuffer(SIGSET_BYTES));
  if (which === "all") set.fill(0xff);
  libc().pthread_sigmask(SIG_SETMASK, set, null);
}

/** Cheaper than a call that is to be opened first, and needed by few. */
function isAnyBlocked(): boolean {
  try {
    const status = Deno.readTextFileSync("/proc/thread-self/status");
    return /^SigBlk:\t0*[1-9a-f]/m.test(status);
  } catch {
    return true; // ENOENT: /proc is not mounted.
  }
}

/** The C library's own, which it does not let anybody set: SIGCANCEL and SIGSETXID, see nptl(7). */
const INTERNAL_SIGNALS = [32, 33];

/** A fault of the program itself raises these: a handler that returns would meet the fault again and again. */
const FAULT_SIGNALS = [
  SIGNAL.SIGILL,
  SIGNAL.SIGTRAP,
  SIGNAL.SIGBUS,
  SIGNAL.SIGFPE,
  SIGNAL.SIGSEGV,
  SIGNAL.SIGSYS,
];

/** Fatal by default, and nothing to chaperone. SIGPIPE is ignored by Deno already. */
const OTHER_FATAL_SIGNALS = [
  SIGNAL.SIGQUIT,
  SIGNAL.SIGABRT,
  SIGNAL.SIGALRM,
  SIGNAL.SIGSTKFLT,
  SIGNAL.SIGXCPU,
  SIGNAL.SIGXFSZ,
  SIGNAL.SIGVTALRM,
  SIGNAL.SIGPROF,
  SIGNAL.SIGIO,
  SIGNAL.SIGPWR,
  ...Array.from({ length: 31 }, (_, index) => 34 + index),
];

/** SIG_IGN in the kernel's `struct sigaction`, whose other fields are 0 then. */
const IGNORE = new Uint8Array(32);
IGNORE[0] = 1;
const KERNEL_SIGSET_BYTES = 8n;

function ignore(signal: number): void {
  libc().syscallSigaction(SYSCALL.rtSigaction, signal, IGNORE, null, KERNEL_SIGSET_BYTES);
}

/**
 * Keeps signals that nobody listens to from ending PID 1. The kernel drops them for it only while the main
 * thread does not block them, and posix_spawn(3) and pthread_create(3) block all for a moment: one that
 * comes then is fatal to the program. Caught ones are at their default again after exec; ignored ones are
 * not, so that only those are ignored which must be, and posix_spawn(3) resets them.
 */
function disarmSignals(): void {
  // It may be called with a signal's number at any moment, and does nothing.
  const handler = addressOfFunction("abs");
  for (const signal of [...FAULT_SIGNALS, ...INTERNAL_SIGNALS]) ignore(signal);
  for (const signal of OTHER_FATAL_SIGNALS) {
    if (handler === null) ignore(signal);
    else libc().signal(signal, handler);
  }
}

/**
 * Calls back for each signal and so keeps it from ending the program, PID 1 or not.
 * The result gives the signals back their default action. Children start with default actions.
 */
export function listenToSignals(callback: (signal: OwnSignal) => void): () => void {
  if (Deno.pid === 1) disarmSignals();
  const listeners = OWN_SIGNALS.map((signal) => {
    const listener = () => callback(signal);
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  // Those that are pending come at once.
  unblockSignals();
  return () => {
    for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
  };
}
