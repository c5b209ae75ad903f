/**
 * Why a container ends: one row a cause, out of which both the last line that chaperone prints and
 * the table of the reference are made.
 */

export interface ExitRow {
  /** What has happened, for the manual. */
  readonly cause: string;
  /** The status that the row stands for; without one it is that of a process. */
  readonly status?: number;
  /** What the manual says of such a status. */
  readonly statusText?: string;
  /** Completes `exit N: …`; words in braces are filled in. */
  readonly sentence: string;
}

export const EXIT_ROWS = {
  stopped: {
    cause: "SIGTERM, SIGQUIT, SIGPWR or SIGRTMIN+3; SIGWINCH from outside",
    status: 0,
    sentence: "{signal} was received",
  },
  interrupted: { cause: "SIGINT", status: 130, sentence: "{signal} was received" },
  asked: { cause: "`telchap shutdown`", status: 0, sentence: "telchap asked for a shutdown" },
  allEnded: {
    cause: "everything has ended, and went well",
    status: 0,
    sentence: "all services have ended",
  },
  slept: {
    cause: "`idle_exit`: nobody was connected to any service for so long",
    status: 0,
    sentence: "all services have slept for {time} (idle_exit)",
  },
  noneEnabled: {
    cause: "all services are disabled",
    status: 0,
    sentence: "no service was started, all are disabled",
  },
  exitKills: {
    cause:
      "a service with `exit_kills`, the command with `--exitkills` or that of `--task` has ended",
    statusText: "its code, 0 where `success_codes` lists it",
    sentence: "{what}",
  },
  failed: {
    cause: "everything has ended, and a service had failed; the last one counts, none with " +
      "`ignore_failures`",
    statusText: "its code, else 1",
    sentence: "{what}",
  },
  gaveUp: {
    cause: "a service was given up, with `on_give_up: shutdown` or when everything has ended; " +
      "with `ignore` only if it was the last to end",
    statusText: "the code of its last end, 1 where that was 0",
    sentence: "{what} and was given up: {limit}",
  },
  unhealthy: {
    cause: "`health` with `action: shutdown` has failed",
    status: 1,
    sentence: "{service} was unhealthy: {what}",
  },
  startFailed: {
    cause: "a service could not start while the container did",
    statusText: "its code, else 1",
    sentence: "start-up failed: {what}",
  },
  commandMissing: {
    cause: "the command of the command line does not exist",
    status: 127,
    sentence: "command '{command}' was not found",
  },
  commandUnusable: {
    cause: "the command of the command line cannot be executed",
    status: 126,
    sentence: "command '{command}' cannot be executed: {what}",
  },
} as const satisfies Readonly<Record<string, ExitRow>>;

export type ExitCause = keyof typeof EXIT_ROWS;

/** Fills the words in braces. */
export function fillSentence(sentence: string, words: Readonly<Record<string, string>>): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => words[name] ?? "");
}
