/** Signals to chaperone itself. SIGCHLD belongs to children.ts. */

/** What chaperone reacts to. */
export type OwnSignal = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGUSR1" | "SIGUSR2";

const OWN_SIGNALS: readonly OwnSignal[] = ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2"];

/**
 * Calls back for each signal and so keeps it from ending the program, PID 1 or not.
 * The result gives the signals back their default action. Children start with default actions.
 */
export function listenToSignals(callback: (signal: OwnSignal) => void): () => void {
  const listeners = OWN_SIGNALS.map((signal) => {
    const listener = () => callback(signal);
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
  };
}
