/** Signals to chaperone itself. SIGCHLD belongs to children.ts. */
import { libc } from "./libc.ts";

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
  let status: string;
  try {
    status = Deno.readTextFileSync("/proc/thread-self/status");
  } catch {
    return; // ENOENT: /proc is not mounted.
  }
  if (!/^SigBlk:\t0*[1-9a-f]/m.test(status)) return;
  libc().pthread_sigmask(SIG_SETMASK, new Uint8Array(SIGSET_BYTES), null);
}

/**
 * Calls back for each signal and so keeps it from ending the program, PID 1 or not.
 * The result gives the signals back their default action. Children start with default actions.
 */
export function listenToSignals(callback: (signal: OwnSignal) => void): () => void {
  unblockSignals();
  const listeners = OWN_SIGNALS.map((signal) => {
    const listener = () => callback(signal);
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
  };
}
