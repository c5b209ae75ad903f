/**
 * What a signal to chaperone leads to. Decides; reads no configuration by itself and signals
 * nobody.
 */
import { ERRNO } from "../base/errors.ts";
import { HALT_SIGNAL, type ReceivedSignal, SIGNAL, signalName } from "../base/signals.ts";
import type { SignalAction, SignalRule } from "../config/model.ts";
import { exitCause, type ShutdownCause } from "./ending/exit_causes.ts";

export type SignalStep =
  | { readonly kind: "shutdown"; readonly cause: ShutdownCause }
  /** It means nothing here: said once. */
  | { readonly kind: "unknown" }
  | Exclude<SignalAction, { readonly kind: "shutdown" }>;

/** What podman, docker and systemd stop containers by, besides SIGTERM and what images ask for. */
const STOP_SIGNALS: ReadonlySet<number> = new Set([
  SIGNAL.SIGTERM,
  SIGNAL.SIGQUIT,
  SIGNAL.SIGPWR,
  HALT_SIGNAL,
]);

/**
 * Decides by what the configuration says of the signal, else by what it means everywhere.
 * @param takesSignals There is a command on the command line with which the container ends.
 */
export function decideSignal(
  received: ReceivedSignal,
  rules: readonly SignalRule[],
  takesSignals: boolean,
): SignalStep {
  const { signal, origin } = received;
  const words = { signal: signalName(signal) };
  const ordered: SignalStep = { kind: "shutdown", cause: exitCause("stopped", words) };
  const rule = rules.find((each) => each.signal === signal);
  if (rule !== undefined) return rule.action.kind === "shutdown" ? ordered : rule.action;
  if (STOP_SIGNALS.has(signal)) return ordered;
  switch (signal) {
    case SIGNAL.SIGINT: {
      const cause = { ...exitCause("interrupted", words), errno: ERRNO.EINTR, forced: true };
      return { kind: "shutdown", cause };
    }
    case SIGNAL.SIGHUP:
      return { kind: "reopen" };
    case SIGNAL.SIGWINCH:
      // The stop signal of httpd's images; a terminal sends it, too, and so may services.
      if (origin === "outside") return ordered;
  }
  // What the terminal says it says to the command as well.
  if (origin === "kernel") return { kind: "ignore" };
  return takesSignals ? { kind: "forward" } : { kind: "unknown" };
}
