/**
 * What the rules of the linter share: their names, what they may know, and how they tell of a
 * finding.
 */
import type { SourcePosition } from "../../base/errors.ts";
import type { GroupLimits } from "../group_model.ts";
import type { CronPolicy } from "../model.ts";

/** How much a finding matters: an `error` keeps the container or a service from working. */
export type LintLevel = "error" | "warning" | "note";

/** The rules, and what each looks for. */
export const LINT_RULES = {
  "cannot-start": "A service lacks what its type needs to start.",
  "missing-executable": "The program of a service is not there.",
  "missing-file": "A file or directory that a service needs is not there.",
  "stop-budget": "A service may take longer to stop than the whole container.",
  "doubled-dollar": "A doubled dollar sign does not keep what follows from being expanded.",
  "working-directory": "An argument names a file that is not where the service runs.",
  "exit-kills": "exit_kills cannot fire, or makes another directive pointless.",
  "dead-directive": "A directive has no effect where it stands.",
  "unreachable-service": "A service waits for something that never comes.",
  "unknown-reference": "A service waits for a name that nothing has.",
  "repeated-key": "A section or directive stands twice in one place; the last one counts.",
  "nothing-starts": "No service is enabled.",
  "shell-hides-signals": "A shell stays between chaperone and the program.",
  "no-shell": "A command holds what only a shell understands, and none runs it.",
  "daemonizes": "A program puts itself into the background, where its service counts as ended.",
  "odd-interval": "A cron interval means something else than it seems to, or its time is past.",
  "log-selects-nothing": "A logging section cannot match any record.",
  "log-writes-nowhere": "A logging section has no destination.",
  "output-lost": "What a service prints is written nowhere.",
} as const;

export type LintRule = keyof typeof LINT_RULES;

/** One finding of the linter. */
export interface LintFinding {
  readonly rule: LintRule;
  readonly level: LintLevel;
  /** Name of the section with suffix; absent where it concerns none. */
  readonly section?: string;
  readonly message: string;
  /** Where the section begins. */
  readonly position?: SourcePosition;
}

/** What a selector takes. */
export interface SelectorFacts {
  /** Whether there is no record that it takes. */
  readonly selectsNothing: (selector: string) => boolean;
  /** Whether it may take what a service of this name prints on a stream. */
  readonly takesOutput: (selector: string, program: string, stream: "stdout" | "stderr") => boolean;
}

/** What there is to say of the times of a cron service that can be used. */
export type ScheduleOddities = (policy: CronPolicy) => readonly string[];

/** What the linter may know of the world. What is absent is not checked. */
export interface LintFacts {
  readonly selectors?: SelectorFacts;
  readonly scheduleOddities?: ScheduleOddities;
  /** Looks a program up as a launch would. */
  readonly findExecutable?: (
    word: string,
    pathVariable: string | undefined,
    directory: string | undefined,
  ) => "found" | "not-executable" | "missing";
  readonly exists?: (path: string) => boolean;
  /** Says which limits of a control group have no effect here, and why. */
  readonly lackingLimits?: (limits: GroupLimits) => string | undefined;
  /** Where chaperone itself runs, an absolute path. */
  readonly workingDirectory?: string;
  /** Reads the configuration files of programs. */
  readonly readText?: (path: string) => string | undefined;
}

/** What a rule calls to tell of something. */
export type Report = (
  rule: LintRule,
  level: LintLevel,
  section: { readonly name: string; readonly origin?: SourcePosition | undefined } | undefined,
  message: string,
) => void;
