/** What the parts of a running container know of how it was called and what was loaded. */
import type { ChaperoneOptions } from "../../commands/command_line.ts";
import type { LoadRecord } from "../../config/load_record.ts";
import type { Config } from "../../config/model.ts";
import type { Handover } from "../../daemon/container/handover.ts";
import type { Family } from "../../service/family.ts";
import type { Load, RecordedConfig, Variables } from "./load_recorded.ts";

/** How the program is called: the name, and the arguments after it. */
export interface Invocation {
  readonly programName: string;
  readonly args: readonly string[];
  /** What there is to warn of before anything is read. */
  readonly notices?: readonly string[];
}

/** What a container is run from. */
export interface RunRequest {
  readonly config: Config;
  readonly family: Family;
  readonly options: ChaperoneOptions;
  readonly programName: string;
  readonly version: string;
  readonly variables: Readonly<Record<string, string>>;
  /** What loading had to say, told once logging is there. */
  readonly early: readonly string[];
  /** What the configuration was loaded from. */
  readonly record: () => LoadRecord;
  /** Loads the configuration anew. Rejects with what that throws at the start. */
  readonly reload: Load;
  /** What the incarnation that executed this one has left: its services go on. */
  readonly handover?: Handover;
}

/** What both ways into a container have: a start, and a take-over. */
export interface LoadedRun {
  readonly invocation: Invocation;
  readonly options: ChaperoneOptions;
  readonly variables: Variables;
  readonly loaded: RecordedConfig;
  readonly reload: RunRequest["reload"];
  readonly handover?: Handover;
}
