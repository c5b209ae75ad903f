/** Does what signals to chaperone ask for. Part of run_container.ts. */
import { COMMAND_NAME } from "../../base/service_name.ts";
import { type ReceivedSignal, signalName } from "../../base/signals.ts";
import type { Container } from "../../daemon/container/container.ts";
import type { CurrentConfig } from "../../daemon/container/current_config.ts";
import type { Journal } from "../../daemon/logging/journal.ts";
import type { Supervisor } from "../../daemon/services/supervisor.ts";
import { selectServices, UnknownServiceError } from "../../service/select_services.ts";
import { decideSignal } from "../../service/signal_step.ts";
import { print } from "../../sys/self/print.ts";

/** What signals act on. */
export interface SignalParts {
  readonly current: CurrentConfig;
  readonly container: Pick<Container, "shutdown">;
  readonly supervisor: Supervisor;
  readonly journal: Journal;
  /** Takes note of a signal, before anything is done about it. */
  received(name: string): void;
  /** Opens log files and sockets again. */
  reopen(): void;
  /** Carries out a command of telchap; resolves with its answer where it was refused. */
  perform(words: readonly string[]): Promise<string | undefined>;
}

/** Returns what takes one signal after another. */
export function createSignalHandler(parts: SignalParts): (received: ReceivedSignal) => void {
  const told = new Set<number>();
  return (received) => {
    const { current, container, supervisor, journal } = parts;
    const { settings, services } = current.config;
    const command = services.find(({ name }) => name === COMMAND_NAME);
    const takesSignals = command?.exitKills ?? false;
    const step = decideSignal(received, settings.signals, takesSignals);
    const name = signalName(received.signal);
    parts.received(name);
    switch (step.kind) {
      case "shutdown":
        if (step.cause.forced) print("stdout", ["", "Ctrl-C ... killing chaperone."]);
        return container.shutdown(step.cause);
      case "reopen":
        return parts.reopen();
      case "ignore":
        return;
      case "forward":
        if (command !== undefined) supervisor.processes.signalMain(COMMAND_NAME, received.signal);
        return;
      case "signal":
        return signalServices(parts, name, step);
      case "reload":
      case "restart":
        return perform(parts, name, [step.kind, ...step.names]);
      case "unknown":
        if (told.has(received.signal)) return;
        told.add(received.signal);
        return journal.write({
          level: "info",
          text: `${name} was received and means nothing to chaperone (see 'signals' in settings)`,
        });
      default:
        return step satisfies never;
    }
  };
}

function signalServices(
  { supervisor, journal }: SignalParts,
  received: string,
  step: { readonly name: string; readonly signal: number },
): void {
  const refuse = (problem: string) =>
    journal.write({ level: "warn", text: `${received} was received, but ${problem}` });
  const known = [...supervisor.names()].map((name) => supervisor.config(name));
  try {
    for (const name of selectServices([step.name], known)) {
      if (!supervisor.processes.signalMain(name, step.signal)) refuse(`${name} has no process`);
    }
  } catch (error) {
    if (!(error instanceof UnknownServiceError)) throw error;
    refuse(error.message);
  }
}

function perform(
  { journal, perform }: SignalParts,
  received: string,
  words: readonly string[],
): void {
  journal.write({ level: "info", text: `${received} was received: ${words.join(" ")}` });
  void perform(words).then((problem) => {
    if (problem === undefined) return;
    journal.write({ level: "warn", text: `${words.join(" ")} by ${received}: ${problem}` });
  });
}
