/** Reads the texts of proc(5). Pure: knows no file. */
import type { MarkLimits, ProcessIdentity } from "../../door/os.ts";

/** A line of /proc/PID/stat, as far as it matters here. */
export interface ProcessStat extends ProcessIdentity {
  /** One letter, `Z` for a process that has ended and waits for its parent. */
  readonly state: string;
  /** With those that have ended and wait for the others. */
  readonly threads: number;
}

/** Who a process is. Four ids each: real, effective, saved, file system. */
export interface ProcessCredentials {
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  readonly groups: readonly number[];
  readonly isZombie: boolean;
}

/** The numbers of fields, see proc(5). */
const NUM_THREADS = 20;
const STARTTIME = 22;

/** What a line of /proc/PID/stat holds. */
export interface StatFields {
  readonly pid: number;
  readonly name: string;
  /** Returns a field by its number in proc(5), from 3 on; undefined where the line ends before. */
  field(number: number): string | undefined;
}

/**
 * Takes a line of /proc/PID/stat apart, up to the field `last`; undefined where it is none. The
 * name may hold anything, even `) R 1 (`.
 */
export function splitStat(text: string, last?: number): StatFields | undefined {
  const pid = Number.parseInt(text, 10);
  const nameAt = text.indexOf("(") + 1;
  const nameEnd = text.lastIndexOf(") ");
  if (Number.isNaN(pid) || nameEnd < nameAt) return undefined;
  // The state, which comes first here, has the number 3.
  const fields = text.slice(nameEnd + 2).trimEnd().split(" ", last && last - 2);
  return { pid, name: text.slice(nameAt, nameEnd), field: (number) => fields[number - 3] };
}

/** Parses /proc/PID/stat; undefined where it is none. */
export function parseStat(text: string): ProcessStat | undefined {
  const { pid, field } = splitStat(text, STARTTIME) ?? {};
  if (pid === undefined || field?.(STARTTIME) === undefined) return undefined;
  return {
    pid,
    state: field(3) as string,
    parent: Number(field(4)),
    group: Number(field(5)),
    session: Number(field(6)),
    threads: Number(field(NUM_THREADS)),
    startedTicks: Number(field(STARTTIME)),
  };
}

/** Whether a process lives: its first thread may have ended and others go on. */
export function isLiving({ state, threads }: Pick<ProcessStat, "state" | "threads">): boolean {
  return (state !== "Z" && state !== "X") || threads > 1;
}

/**
 * Reads the limits that may be a mark out of /proc/PID/limits: the hard ones, or, where these are
 * not set, the soft ones. Without CAP_SYS_RESOURCE a process may begin with soft limits, and its
 * hard ones follow.
 */
export function parseMarkLimits(text: string): MarkLimits {
  const limitOf = (name: string) => {
    const [, soft, hard] = new RegExp(`^${name} +(\\S+) +(\\S+)`, "m").exec(text) ?? [];
    const value = hard === "unlimited" ? soft : hard;
    return value === undefined || value === "unlimited" ? Infinity : Number(value);
  };
  return { rttime: limitOf("Max realtime timeout"), locks: limitOf("Max file locks") };
}

function numbersOf(line: string): number[] {
  return line.split(/\s+/).filter((word) => word !== "").map(Number);
}

/** Parses the credentials in /proc/PID/status; undefined where it has none. */
export function parseCredentials(text: string): ProcessCredentials | undefined {
  const uids = statusField(text, "Uid");
  const gids = statusField(text, "Gid");
  const groups = statusField(text, "Groups");
  if (uids === undefined || gids === undefined || groups === undefined) return undefined;
  return {
    uids: numbersOf(uids),
    gids: numbersOf(gids),
    groups: numbersOf(groups),
    isZombie: /^[ZX]/.test(statusField(text, "State") ?? ""),
  };
}

/** What a process may do, as /proc/PID/status tells it. Sets of capabilities are masks. */
export interface Privileges {
  readonly inheritable: bigint;
  readonly permitted: bigint;
  readonly effective: bigint;
  readonly bounding: bigint;
  readonly ambient: bigint;
  readonly noNewPrivs: boolean;
  /** 0: none, 1: strict, 2: a filter. */
  readonly seccompMode: number;
  /** Undefined before Linux 5.9. */
  readonly filters: number | undefined;
  readonly isZombie: boolean;
}

/** Parses the privileges in /proc/PID/status; undefined where it has none. */
export function parsePrivileges(text: string): Privileges | undefined {
  const set = (name: string) => BigInt(`0x${statusField(text, name) ?? "0"}`);
  if (statusField(text, "CapBnd") === undefined) return undefined;
  const filters = statusField(text, "Seccomp_filters");
  return {
    inheritable: set("CapInh"),
    permitted: set("CapPrm"),
    effective: set("CapEff"),
    bounding: set("CapBnd"),
    ambient: set("CapAmb"),
    noNewPrivs: statusField(text, "NoNewPrivs") === "1",
    seccompMode: Number(statusField(text, "Seccomp") ?? 0),
    filters: filters === undefined ? undefined : Number(filters),
    isZombie: /^[ZX]/.test(statusField(text, "State") ?? ""),
  };
}

/** The value of a line of /proc/PID/status that is not the first, in which no newline is forged. */
function statusField(text: string, name: string): string | undefined {
  const title = `\n${name}:`;
  const at = text.indexOf(title);
  if (at < 0) return undefined;
  const from = at + title.length;
  const end = text.indexOf("\n", from);
  return text.slice(from, end < 0 ? undefined : end).trim();
}

const byteDecoder = new TextDecoder("latin1");
const decoder = new TextDecoder();

/** Finds a variable in /proc/PID/environ; undefined where it is not set. */
export function findVariable(environ: Uint8Array, name: string): string | undefined {
  // A character a byte, which is found by the engine's own search.
  const bytes = byteDecoder.decode(environ);
  const wanted = `${name}=`;
  const at = bytes.startsWith(wanted) ? 0 : bytes.indexOf(`\0${wanted}`) + 1;
  if (at === 0 && !bytes.startsWith(wanted)) return undefined;
  const from = at + wanted.length;
  const end = bytes.indexOf("\0", from);
  return decoder.decode(environ.subarray(from, end < 0 ? environ.length : end));
}

/** Returns what is below the processes of `roots`, without these, in breadth-first order. */
export function descendantsOf(
  roots: Iterable<number>,
  all: readonly ProcessStat[],
): ProcessStat[] {
  const childrenOf = new Map<number, ProcessStat[]>();
  for (const stat of all) {
    const siblings = childrenOf.get(stat.parent);
    if (siblings === undefined) childrenOf.set(stat.parent, [stat]);
    else siblings.push(stat);
  }
  const found: ProcessStat[] = [];
  const seen = new Set<number>(roots);
  let level = [...seen];
  while (level.length > 0) {
    const next = level.flatMap((pid) => childrenOf.get(pid) ?? []).filter((c) => !seen.has(c.pid));
    for (const child of next) seen.add(child.pid);
    found.push(...next);
    level = next.map((child) => child.pid);
  }
  return found;
}
