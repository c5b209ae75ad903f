/** `tree`: services with their processes, and what these use. */
import type { AnswerOf } from "../../commands/answers.ts";
import { shortName } from "../../base/service_name.ts";
import { formatMemory } from "../../service/texts/status_overview.ts";
import { formatCpuTime } from "../../service/texts/top_screen.ts";
import type { ProcessInfo } from "../../door/os.ts";
import type { ProcessUsage } from "../../door/process_record.ts";
import { type ControlCall, type ControlContext, maySee } from "./context.ts";
import { formatJson, plainStateWord, readinessOf, statusWord } from "./overview.ts";

/** A process of a service. */
export interface TreeProcess extends ProcessUsage {
  readonly pid: number;
  readonly parent: number;
  /** How far below the topmost process of its service. */
  readonly depth: number;
}

/** A service with what it uses as a whole. */
export interface TreeService {
  /** Null: processes that belong to no service. */
  readonly name: string | null;
  /** The word that scripts read. */
  readonly status: string;
  /** The word for people. */
  readonly state: string;
  readonly memoryBytes: number;
  readonly cpuMs: number;
  readonly processes: readonly TreeProcess[];
}

/** Returns the answer to `tree`. */
export function tree({ context, call, session: { caller } }: ControlCall): string {
  const services = collectTree(context)
    .filter(({ name }) => name === null ? caller.mayLook : maySee(context, name, caller));
  return call.options["json"]
    ? formatJson<AnswerOf<"tree">>(treeValue(context, services))
    : formatTree(services).join("\n");
}

/** With all that `telchap top` shows, which looks every other second: it is asked for once. */
function treeValue(
  context: ControlContext,
  services: readonly TreeService[],
): AnswerOf<"tree"> {
  const { supervisor, history, os, version } = context;
  const nowMs = os.nowMs();
  return {
    version,
    uptimeSecs: (nowMs - history.beganMs) / 1000,
    readiness: readinessOf(context).text,
    services: services.map(({ name, ...service }) => ({
      name,
      sinceSecs: name === null ? null : (nowMs - history.sinceMs(name)) / 1000,
      restarts: name === null ? 0 : supervisor.state(name).restartsTotal,
      ...service,
    })),
  };
}

/** Looks at all processes below chaperone and gives each to its service. */
export function collectTree(context: ControlContext): TreeService[] {
  const { os, supervisor } = context;
  const processes = os.descendants();
  const owners = supervisor.processes.ownersOf(processes);
  const usage = context.usage(processes.map(({ pid }) => pid));
  const names: (string | null)[] = [...supervisor.names()].sort();
  const byOwner = Map.groupBy(processes, ({ pid }) => owners.get(pid) ?? null);
  if (byOwner.has(null)) names.push(null);
  return names.map((name) => {
    const listed = arrange(byOwner.get(name) ?? [], usage);
    return {
      name,
      status: name === null ? "-" : statusWord(context, name),
      state: name === null ? "-" : plainStateWord(context, name),
      memoryBytes: listed.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
      cpuMs: listed.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
      processes: listed,
    };
  });
}

/** Puts children below their parents. */
function arrange(
  processes: readonly ProcessInfo[],
  usage: ReadonlyMap<number, ProcessUsage>,
): TreeProcess[] {
  const own = new Set(processes.map(({ pid }) => pid));
  const childrenOf = Map.groupBy(processes, ({ parent }) => own.has(parent) ? parent : 0);
  const arranged: TreeProcess[] = [];
  const add = (parent: number, depth: number) => {
    for (const { pid, parent: above } of childrenOf.get(parent) ?? []) {
      const used = usage.get(pid);
      if (used !== undefined) arranged.push({ pid, parent: above, depth, ...used });
      add(pid, depth + 1);
    }
  };
  add(0, 0);
  return arranged;
}

/** Formats services and processes in columns: memory, CPU time, name or number and command. */
export function formatTree(services: readonly TreeService[]): string[] {
  const lines = services.flatMap(({ name, state, memoryBytes, cpuMs, processes }) => [
    `${formatUsage(memoryBytes, cpuMs)}  ${name === null ? "(no service)" : shortName(name)}` +
    (name === null ? "" : ` (${state})`),
    ...processes.map((process) =>
      `${formatUsage(process.memoryBytes, process.cpuMs)}  ${"  ".repeat(process.depth + 1)}` +
      `${process.pid} ${process.command}`
    ),
  ]);
  return ["  memory       cpu  service", ...lines];
}

function formatUsage(memoryBytes: number, cpuMs: number): string {
  return `${formatMemory(memoryBytes).padStart(8)}  ${formatCpuTime(cpuMs).padStart(8)}`;
}
