/** What the supervisor needs of the rest of the daemon, and what it tells. */
import type { Confinement } from "../../base/confinement.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { Family } from "../../service/family.ts";
import type { Failure, Phase } from "../../service/life/phase.ts";
import type { OutputCapture } from "./capture.ts";
import type { ConfinedProcess } from "./confiner.ts";
import type { ExternalWatch } from "./external_watch.ts";
import type { Journal } from "../logging/journal.ts";
import type { Child, Os } from "../../door/os.ts";
import type { Triggers } from "./triggers.ts";

/** What the container as a whole hears. */
export interface SupervisorListener {
  transition(name: string, before: Phase, after: Phase): void;
  startFailed(name: string, failure: Failure): void;
  killSystem(exitCode: number, reason: string, name: string): void;
  gaveUp(name: string, failure: Failure): void;
  stopped(name: string, tookMs: number, killed: boolean): void;
  /** A process, known or not, has ended and all that follows has been done. */
  processGone(): void;
  /** When IDLE services may start, asked for once the first of them could. */
  idleUntilMs(name: string): number | undefined;
}

/** Called for each change of phase, once the container has dealt with it. */
export type TransitionObserver = (name: string, before: Phase, after: Phase) => void;

export interface SupervisorParts {
  readonly services: readonly ServiceConfig[];
  readonly family: Family;
  readonly os: Os;
  readonly journal: Journal;
  readonly capture: OutputCapture;
  readonly externals: ExternalWatch;
  readonly listener: SupervisorListener;
  /** Reads also the streams that a service shares with chaperone, to show whose lines they are. */
  readonly capturesInherited?: (config: ServiceConfig) => boolean;
  /** Variables that only a launch knows, such as NOTIFY_SOCKET. Throws `SystemError`. */
  readonly launchVariables?: (config: ServiceConfig) => Readonly<Record<string, string>>;
  /** Takes note of a launch, before anything of what the process says is read. */
  readonly launched?: (config: ServiceConfig, child: Child) => void;
  /** The words that run what gives files to their owners; absent where nothing can. */
  readonly ownProgram?: readonly string[];
  /** Says whether a process that was killed, of a service perhaps, was killed for lack of memory. */
  readonly outOfMemory?: (service: string | undefined) => boolean;
  /** Returns where a process enters the control group of a service. @throws {SystemError} */
  readonly groupEntrance?: (config: ServiceConfig) => string | undefined;
  /** Kills what is left in the control group of a service, if it has one. */
  readonly killGroup?: (service: string) => void;
  /** Needed by services that are scheduled or listen; absent as long as there are none. */
  readonly triggers?: () => Triggers | undefined;
  /** Needed by services that are confined. @throws {ConfigError} where that cannot be. */
  readonly confine?: (config: ServiceConfig, confined: ConfinedProcess) => Confinement | undefined;
}
