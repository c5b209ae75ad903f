/** What is written into the control group of a service, and what cannot be. Knows no file. */
import type { GroupFacts, GroupSetting } from "../../base/control_group.ts";
import type { GroupLimits } from "../../config/group_model.ts";

export interface GroupPlan {
  readonly settings: readonly GroupSetting[];
  /** Directives that have no effect here. */
  readonly lacking: readonly string[];
  /** Why they have none; absent where all have. */
  readonly why?: string;
}

/** The period that processor time is given in, in microseconds: the kernel's own choice. */
const CPU_PERIOD = 100_000;
/** cpu.max takes no less than a millisecond. */
const CPU_LEAST = 1000;

/** Returns what the limits come to, whether or not the kernel can hold a service to them. */
function settingsOf(
  { memoryMaxBytes, cpuMaxPercent, cpuWeight, pidsMax }: GroupLimits,
): (GroupSetting & { readonly directive: string })[] {
  const quota = Math.max(CPU_LEAST, Math.round((cpuMaxPercent ?? 0) * CPU_PERIOD / 100));
  const all = [
    ["memory_max", "memory", "memory.max", memoryMaxBytes],
    ["cpu_max", "cpu", "cpu.max", cpuMaxPercent && `${quota} ${CPU_PERIOD}`],
    ["cpu_weight", "cpu", "cpu.weight", cpuWeight],
    ["pids_max", "pids", "pids.max", pidsMax],
  ] as const;
  return all.flatMap(([directive, controller, file, value]) =>
    value === undefined ? [] : [{ directive, controller, file, text: String(value) }]
  );
}

/** Plans the group of a service. */
export function planGroup(limits: GroupLimits, { problem, controllers }: GroupFacts): GroupPlan {
  const all = settingsOf(limits);
  if (problem !== undefined) {
    return { settings: [], lacking: all.map(({ directive }) => directive), why: problem };
  }
  const absent = all.filter(({ controller }) => !controllers.has(controller));
  const names = [...new Set(absent.map(({ controller }) => controller))];
  const what = names.length === 1 ? "controller" : "controllers";
  return {
    settings: all.filter((setting) => !absent.includes(setting)),
    lacking: absent.map(({ directive }) => directive),
    ...(absent.length === 0
      ? {}
      : { why: `its control group (version 2) lacks the ${what} ${names.join(" and ")}` }),
  };
}

/** Says what has no effect here, and why; undefined where all has. */
export function describePlan({ lacking, why }: GroupPlan): string | undefined {
  if (lacking.length === 0) return undefined;
  return `${lacking.join(", ")} ${lacking.length === 1 ? "has" : "have"} no effect here: ${why}`;
}

/** Says the same of several services; a line for each reason. */
export function describePlans(plans: ReadonlyMap<string, GroupPlan>): readonly string[] {
  const lines = Map.groupBy(plans, ([, plan]) => describePlan(plan));
  return [...lines].flatMap(([text, of]) =>
    text === undefined ? [] : [`${text} (${of.map(([name]) => name).join(", ")})`]
  );
}
