/** Signal names and numbers of Linux on x86-64 and arm64, see signal(7). */

const NUMBER_OF = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
} as const;

const ALIASES: Readonly<Record<string, number>> = {
  SIGIOT: 6,
  SIGCLD: 17,
  SIGPOLL: 29,
};

const REALTIME_FIRST = 34;
const REALTIME_LAST = 64;

export type SignalName = keyof typeof NUMBER_OF;

/** A signal to this process, and who sent it: a process of another PID namespace is `outside`. */
export interface ReceivedSignal {
  readonly signal: number;
  readonly origin: "inside" | "outside" | "kernel";
}

/** Numbers that code refers to by name. */
export const SIGNAL: Readonly<Record<SignalName, number>> = NUMBER_OF;

/** SIGRTMIN+3, by which a container of systemd's is halted: systemd(1). */
export const HALT_SIGNAL = REALTIME_FIRST + 3;

const nameByNumber = new Map<number, string>(
  Object.entries(NUMBER_OF).map(([name, number]) => [number, name]),
);

/** Returns the name of a signal: `SIGTERM`, `SIGRTMIN+3`, or `signal 99` where there is none. */
export function signalName(signal: number): string {
  const name = nameByNumber.get(signal);
  if (name !== undefined) return name;
  if (signal < REALTIME_FIRST || signal > REALTIME_LAST) return `signal ${signal}`;
  return signal === REALTIME_FIRST ? "SIGRTMIN" : `SIGRTMIN+${signal - REALTIME_FIRST}`;
}

/**
 * Reads a signal's name in any case, with SIG or without (`SIGTERM`, `term`, `RTMIN+3`), or its
 * number in decimal. `undefined` where it names no signal.
 */
export function parseSignal(text: string): number | undefined {
  const word = text.trim();
  if (/^\d+$/.test(word)) {
    const number = Number(word);
    return number >= 1 && number <= REALTIME_LAST ? number : undefined;
  }
  const name = word.toUpperCase().replace(/^(?!SIG)/, "SIG");
  const realtime = /^SIGRTMIN(?:\+(\d+))?$/.exec(name);
  if (realtime) {
    const number = REALTIME_FIRST + Number(realtime[1] ?? 0);
    return number <= REALTIME_LAST ? number : undefined;
  }
  return (NUMBER_OF as Record<string, number>)[name] ?? ALIASES[name];
}
