/**
 * Grades what a service may do. Each weakness has points; what a directive would take away has the
 * points of all the weaknesses that it ends, and the two that have most are told.
 */
import { shortName } from "../../base/service_name.ts";
import type { Rights } from "./rights.ts";

export type Weakness =
  | "root"
  | "capabilities"
  | "gains"
  | "files"
  | "ports"
  | "processes"
  | "calls"
  | "secrets"
  | "neighbours"
  | "kernel";

/** What would better a service. */
export interface Advice {
  /** As it can be written, or done. */
  readonly remedy: string;
  readonly reason: string;
  /** How many points it would take away. */
  readonly points: number;
}

export interface Grade {
  readonly letter: "A" | "B" | "C" | "D" | "E" | "F";
  /** 0: nothing was found. */
  readonly points: number;
  readonly weaknesses: readonly Weakness[];
  /** Two at the most, the better one first. */
  readonly better: readonly Advice[];
}

/** With one of these a process is root of the machine, or reads what is root's. */
const POWERFUL: ReadonlySet<string> = new Set(
  ("SYS_ADMIN SYS_PTRACE SYS_MODULE SYS_RAWIO SYS_BOOT SYS_TIME SYSLOG NET_ADMIN BPF PERFMON " +
    "MAC_ADMIN MAC_OVERRIDE DAC_READ_SEARCH CHECKPOINT_RESTORE MKNOD").split(" "),
);

/** Whether a capability is as good as root of the machine. */
export function isPowerful(name: string): boolean {
  return POWERFUL.has(name);
}

/** With this one it takes a port below 1024, and nothing that is somebody's. */
const HARMLESS = "NET_BIND_SERVICE";

function capabilityPoints({ capabilities }: Rights): number {
  if (capabilities === undefined) return 3;
  if (capabilities.some(isPowerful)) return 4;
  return capabilities.some((name) => name !== HARMLESS) ? 2 : 0;
}

function restrictsFiles({ sandbox, lacking }: Rights): boolean {
  const isNamed = (sandbox?.read ?? sandbox?.write ?? sandbox?.execute) !== undefined;
  return isNamed && !lacking.includes("files");
}

function restrictsPorts({ sandbox, lacking }: Rights): boolean {
  return sandbox?.connect !== undefined && sandbox.bind !== undefined && !lacking.includes("ports");
}

function restrictsProcesses({ sandbox, lacking }: Rights): boolean {
  return sandbox?.scope?.includes("signals") === true && !lacking.includes("signals");
}

const POINTS: Readonly<Record<Weakness, (rights: Rights) => number>> = {
  root: ({ uid, capabilities }) => uid !== 0 ? 0 : capabilities?.length === 0 ? 1 : 3,
  capabilities: capabilityPoints,
  // Root has already what a set-uid program would give it.
  gains: ({ noNewPrivs, uid }) => noNewPrivs ? 0 : uid === 0 ? 1 : 2,
  files: (rights) => restrictsFiles(rights) ? 0 : 2,
  ports: (rights) => restrictsPorts(rights) ? 0 : 1,
  processes: (rights) => restrictsProcesses(rights) ? 0 : 1,
  calls: ({ filter }) => filter === "own" ? 0 : filter === "container" ? 1 : 2,
  secrets: ({ secrets }) => secrets.length > 0 ? 1 : 0,
  neighbours: ({ neighbours, uid, sandbox }) =>
    neighbours.length === 0 || uid === 0 || sandbox !== undefined ? 0 : 1,
  kernel: ({ lacking }) => lacking.length > 0 ? 1 : 0,
};

interface Remedy {
  readonly remedy: string;
  readonly ends: readonly Weakness[];
  readonly reason: (rights: Rights) => string;
}

/** Where two end as much, the one that ends nothing else is named. */
const REMEDIES: readonly Remedy[] = [
  {
    remedy: "sandbox: strict",
    ends: ["files", "ports", "processes", "calls", "gains"],
    reason: () => "it would reach no files, ports and processes but those that its lists name",
  },
  {
    remedy: "uid: a user of its own",
    ends: ["root", "capabilities"],
    reason: () => "it runs as root",
  },
  {
    remedy: "capabilities: []",
    ends: ["capabilities"],
    reason: ({ capabilities }) =>
      capabilities === undefined
        ? "it has those that the container gives to root"
        : `it has ${named(capabilities)}; or name those that it needs`,
  },
  {
    remedy: "syscalls: default",
    ends: ["calls", "gains"],
    reason: () => "no filter of its own keeps it from calls that no service needs",
  },
  {
    remedy: "no_new_privs: true",
    ends: ["gains"],
    reason: () => "a set-uid program would give it more",
  },
  {
    remedy: "secrets: {NAME: file:/PATH}",
    ends: ["secrets"],
    reason: ({ secrets }) =>
      `its environment holds ${named(secrets)}, which all that it starts inherits`,
  },
  {
    remedy: "uid: a user of its own",
    ends: ["neighbours"],
    reason: ({ neighbours, uid }) =>
      `it shares user ${uid} with ${named(neighbours.map(shortName))}`,
  },
  {
    remedy: "a newer kernel",
    ends: ["kernel"],
    reason: ({ lacking }) => `this one cannot restrict ${lacking.join(", ")}`,
  },
];

const NAMED_MAX = 3;

function named(names: readonly string[]): string {
  const first = names.slice(0, NAMED_MAX).join(", ");
  return names.length > NAMED_MAX ? `${first} and ${names.length - NAMED_MAX} more` : first;
}

/** From so many points on. */
const LETTERS = [[13, "F"], [10, "E"], [7, "D"], [4, "C"], [2, "B"], [0, "A"]] as const;

const ADVICE_MAX = 2;

/** Grades what a service may do. */
export function gradeOf(rights: Rights): Grade {
  const points = new Map<Weakness, number>();
  for (const [weakness, judge] of Object.entries(POINTS)) {
    const found = judge(rights);
    if (found > 0) points.set(weakness as Weakness, found);
  }
  const total = [...points.values()].reduce((sum, each) => sum + each, 0);
  return {
    letter: LETTERS.find(([from]) => total >= from)?.[1] ?? "A",
    points: total,
    weaknesses: [...points.keys()],
    better: adviceFor(rights, points),
  };
}

/** What the first advice ends is not left for the second. */
function adviceFor(rights: Rights, points: ReadonlyMap<Weakness, number>): Advice[] {
  const left = new Map(points);
  const advice: Advice[] = [];
  while (advice.length < ADVICE_MAX) {
    const [best] = REMEDIES.map((remedy) => ({ remedy, worth: worthOf(remedy, left) }))
      .sort((a, b) => b.worth - a.worth || a.remedy.ends.length - b.remedy.ends.length);
    if (best === undefined || best.worth === 0) break;
    const { remedy: { remedy, reason, ends }, worth } = best;
    advice.push({ remedy, reason: reason(rights), points: worth });
    for (const weakness of ends) left.delete(weakness);
  }
  return advice;
}

function worthOf({ ends }: Remedy, points: ReadonlyMap<Weakness, number>): number {
  return ends.reduce((sum, weakness) => sum + (points.get(weakness) ?? 0), 0);
}
