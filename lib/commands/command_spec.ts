/** What a row of the table of telchap's commands is made of: its shape, and what many rows share. */
import type { OptionSpec } from "./options.ts";

/** What the words after a command are, for completion. */
export type OperandKind =
  | "service"
  | "level"
  | "file"
  | "shell"
  | "topic"
  | "delay"
  | "signal"
  | "test";

/** A row of the table. */
export interface CommandSpec {
  readonly name: string;
  /**
   * `read` is open to whom `control_mode` lets look, `write` to the owners of the socket; `local`
   * needs no chaperone. What is about services is open to their own user besides, see
   * `isAboutServices`.
   */
  readonly access: "read" | "write" | "local";
  readonly options: readonly OptionSpec[];
  /** As the usage shows them. */
  readonly operands: string;
  readonly operandKind?: OperandKind;
  /** What the words from the second on are, where that is something else. */
  readonly laterKind?: OperandKind;
  readonly minOperands: number;
  readonly maxOperands: number;
  /** The last of the operands are a command: what looks like an option there is the command's. */
  readonly takesCommand?: true;
  readonly help: string;
  /** A line that can be typed, as the help shows it. */
  readonly example: string;
}

/** The heading under which help lists the options of a command. */
export const GROUP = "Options";
/** No limit to the number of operands. */
export const MANY = Number.MAX_SAFE_INTEGER;

/** An option without a value. */
export function flag<const Name extends string>(name: Name, help: string) {
  return { name, help, group: GROUP } as const;
}

/** For commands that check first whether it is safe. */
export const FORCE = flag("force", "Skip the safety checks.");
/** For what takes its time. */
export const WAIT = flag("wait", "Answer when it is done, or has failed.");
/** For each command that answers; `ANSWERS` has the shape. */
export const JSON_OUTPUT = flag("json", "Answer with JSON.");
/** For what goes on. */
export const FOLLOW = {
  name: "follow",
  letter: "f",
  group: GROUP,
  help: "Keep printing new output.",
} as const;
/** For what may be long. */
export const LINES = {
  name: "lines",
  letter: "n",
  argument: "N",
  group: GROUP,
  help: "Only the last N.",
} as const;

type Shape = Pick<CommandSpec, "operands" | "minOperands" | "maxOperands" | "operandKind">;

/** No operands. */
export const NOTHING: Shape = { operands: "", minOperands: 0, maxOperands: 0 };
/** Any number of services; none: all. */
export const SERVICES: Shape = {
  operands: "[<servname> ...]",
  operandKind: "service",
  minOperands: 0,
  maxOperands: MANY,
};
/** One service or more. */
export const SOME_SERVICES: Shape = { ...SERVICES, operands: "<servname> ...", minOperands: 1 };
/** One service. */
export const ONE_SERVICE: Shape = { ...SOME_SERVICES, operands: "<servname>", maxOperands: 1 };

/** At most one operand. */
export function optional(operands: string, operandKind: OperandKind): Shape {
  return { operands: `[${operands}]`, operandKind, minOperands: 0, maxOperands: 1 };
}
