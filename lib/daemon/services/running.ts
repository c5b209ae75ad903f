/** What is known of a process that chaperone started or follows. */
import type { ExitStatus } from "../../base/exit_status.ts";
import type { HeldProcess } from "../../door/os.ts";
import type { CapturedOutput, OutputHandover } from "./capture.ts";
import type { ServiceEntry } from "./service_entry.ts";

/** A process of the table, by its number there. */
export interface Running {
  readonly entry: ServiceEntry | undefined;
  /** The service that it works for without being it. */
  readonly helps?: ServiceEntry;
  output: CapturedOutput | undefined;
  /** A daemon that left its number in a pidfile: it may lead a group, and it may not. */
  readonly attached: boolean;
  /**
   * When an attached one was started: another process may reap it, and its number be a stranger's.
   */
  readonly startedTicks?: number | undefined;
  /**
   * What an attached one is signalled through, where the kernel has such a thing. Closed at its
   * end.
   */
  readonly held?: HeldProcess | undefined;
  /** For a process that works for a service without being it: told what becomes of it. */
  readonly listener?: CommandListener;
  /** It was asked for by telchap and is none of the service's own, though it ends with it. */
  readonly isGuest?: boolean;
  /** The number of the launch, for the job of a cron service that is not its program yet. */
  readonly serial?: number;
  /** An attached one whose end is being looked for. */
  isRechecked?: boolean;
  /** Reaped, with this status: its number may belong to somebody else already. */
  ended: ExitStatus | undefined;
}

/**
 * Told once what became of a command that was to be run: that it could not be started, and why,
 * perhaps before the call that was to start it returns; or how it ended.
 */
export interface CommandListener {
  /** It is its program now; told at most once, perhaps before that call returns, too. */
  launched?(): void;
  failed(text: string): void;
  exited(status: ExitStatus): void;
}

/** A process of the table, for another incarnation to follow. */
export interface ProcessHandover {
  readonly pid: number;
  /** Whose process it is, or, with `isHelper`, for whom it works. Absent: nobody's any more. */
  readonly service?: string;
  readonly isHelper: boolean;
  readonly isGuest?: boolean;
  readonly attached: boolean;
  readonly startedTicks?: number;
  readonly serial?: number;
  /** What holds an attached one. */
  readonly descriptor?: number;
  readonly isRechecked?: boolean;
  readonly ended?: ExitStatus;
  readonly output?: OutputHandover;
}
