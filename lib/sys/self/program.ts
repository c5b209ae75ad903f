/** What this program is: its name, its arguments, its environment, its end. */
import { environmentEntries } from "../libc/environ.ts";

/** The name under which the program was called, links not followed: proc(5), cmdline. */
export function calledName(): string {
  try {
    const called = Deno.readTextFileSync("/proc/self/cmdline").split("\0")[0];
    if (called) return baseName(called);
  } catch {
    // No /proc: the file's own name has to do.
  }
  return baseName(Deno.execPath());
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The arguments after the program's name. */
export function programArguments(): readonly string[] {
  return Deno.args;
}

/** The number of this process. */
export function ownPid(): number {
  return Deno.pid;
}

/** The number of the process that started this one, 0 where that is outside its namespace. */
export function parentPid(): number {
  return Deno.ppid;
}

/** The user that this process runs as. */
export function ownUid(): number {
  return Deno.uid() ?? 0;
}

/** Whether this is process 1 of its namespace. */
export function isInit(): boolean {
  return Deno.pid === 1;
}

/** Where the incarnation that executed this one has left its state. */
const HANDOVER_VARIABLE = "_CHAP_HANDOVER";

/** Returns the variables for an incarnation that finds its state at a descriptor. */
export function handoverVariables(
  mode: "take" | "try",
  descriptor: number,
): Record<string, string> {
  return { ...environmentVariables(), [HANDOVER_VARIABLE]: `${mode}:${descriptor}` };
}

/** Returns what `handoverVariables` said, if it was said of this process, and forgets it. */
export function takeHandoverPlace(): { mode: "take" | "try"; descriptor: number } | undefined {
  const place = /^(take|try):(\d+)$/.exec(Deno.env.get(HANDOVER_VARIABLE) ?? "");
  Deno.env.delete(HANDOVER_VARIABLE);
  if (place === null) return undefined;
  return { mode: place[1] as "take" | "try", descriptor: Number(place[2]) };
}

/** The program's file, as it was when this process began: another one may have taken its place. */
const ownPath = Deno.execPath();

/**
 * Where this program is to be executed from: its path, and where that leads to nothing, its image.
 */
export function ownProgram(): readonly string[] {
  return [ownPath, "/proc/self/exe"];
}

/**
 * The variables of this program. Their bytes are kept (lib/base/byte_text.ts): Deno leaves out
 * those that are not UTF-8.
 */
export function environmentVariables(): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const entry of environmentEntries()) {
    const nameEnd = entry.indexOf("=", 1);
    if (nameEnd > 0) variables[entry.slice(0, nameEnd)] = entry.slice(nameEnd + 1);
  }
  return variables;
}

/** Where this program was started; `/` where that has been removed. */
export function currentDirectory(): string {
  try {
    return Deno.cwd();
  } catch {
    return "/"; // ENOENT
  }
}

export function hostName(): string {
  return Deno.hostname();
}

/** Whether colours are wanted on a stream: it is a terminal, and NO_COLOR is not set. */
export function wantsColour(stream: "stdout" | "stderr"): boolean {
  return Deno[stream].isTerminal() && !Deno.env.get("NO_COLOR");
}

/** Ends the program at once. */
export function endProgram(exitCode: number): never {
  Deno.exit(exitCode);
}
