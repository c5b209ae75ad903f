/** The signal mask, and signals as Deno tells them. The daemon has own_signals.ts. */
import { libc } from "../libc/libc.ts";

/** What a small program reacts to, or at least does not end by. */
export type PlainSignal = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGUSR1" | "SIGUSR2";

const PLAIN_SIGNALS: readonly PlainSignal[] = ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2"];

/** From bits/sigaction.h and bits/types/__sigset_t.h. */
const SIG_SETMASK = 2;
const SIGSET_BYTES = 128;

/**
 * Lets all signals through that who started chaperone has blocked: the mask outlives execve(2), and
 * with SIGTERM or SIGCHLD blocked PID 1 could neither be stopped nor reap. One thread that takes
 * them is enough.
 */
export function unblockSignals(): void {
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

/**
 * Calls back for each signal and so keeps it from ending the program.
 * The result gives the signals back their default action. Children start with default actions.
 */
export function listenToSignals(callback: (signal: PlainSignal) => void): () => void {
  const listeners = PLAIN_SIGNALS.map((signal) => {
    const listener = () => callback(signal);
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  unblockSignals();
  return () => {
    for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
  };
}
