/** What applying a configuration would do, as people read it. */
import { type Look, paint, SGR } from "../../base/ansi.ts";
import type { ConfigDiff, SectionChange } from "../../config/config_diff.ts";
import type { ApplyAction, ApplyPlan } from "../apply_plan.ts";

export interface ReportedChanges {
  readonly diff: ConfigDiff;
  readonly plan: ApplyPlan;
}

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

const ACTIONS: Readonly<Record<ApplyAction, string>> = {
  start: "starts",
  stop: "stops",
  restart: "restarts",
  update: "goes on",
  none: "stays down",
};

/** Formats one line for each change: a sign, the section, what becomes of it, and why. */
export function formatApplyReport({ diff, plan }: ReportedChanges): string[] {
  const rows = plan.changes.map((change) => {
    const isGoing = change.kind === "removed" && change.action === "none";
    return [change, isGoing ? "goes" : ACTIONS[change.action], reasonsOf(change)] as const;
  });
  const logging = diff.loggings.map((change) =>
    [change, change.kind === "removed" ? "goes" : "applies", change.directives] as const
  );
  const alerts = diff.alerts.map((change) =>
    [change, change.kind === "removed" ? "goes" : "applies", change.directives] as const
  );
  const all = [...rows, ...logging, ...alerts];
  const nameWidth = Math.max(0, ...all.map(([{ name }]) => name.length));
  const wordWidth = Math.max(0, ...all.map(([, word]) => word.length));
  const lines = all.map(([{ name, kind }, word, reasons]) => {
    const head = `${SIGNS[kind]} ${name.padEnd(nameWidth)}  ${word.padEnd(wordWidth)}`;
    return `${head}  ${reasons.join(", ")}`.trimEnd();
  });
  if (diff.settings.length > 0) {
    const names = diff.settings.map(({ directive }) => directive);
    lines.push(`~ settings: ${names.join(", ")}`);
  }
  const { unchangedCount } = diff;
  const services = `${unchangedCount} service${unchangedCount === 1 ? "" : "s"}`;
  lines.push(
    lines.length === 0 ? "Nothing is different." : `${services} unchanged.`,
  );
  return lines;
}

/** Formats what was done in a few words, for the log. */
export function summarize({ diff, plan }: ReportedChanges): string {
  const counts = Map.groupBy(plan.changes, ({ action }) => action);
  const words = (["start", "stop", "restart", "update"] as const).flatMap((action) => {
    const names = counts.get(action)?.map(({ name }) => name) ?? [];
    return names.length === 0 ? [] : [`${names.join(", ")} ${DONE[action]}`];
  });
  if (diff.loggings.length > 0) words.push("logging changed");
  if (diff.alerts.length > 0) words.push("alerts changed");
  if (diff.settings.length > 0) words.push("settings changed");
  return words.length === 0 ? "nothing is different" : words.join("; ");
}

const DONE = {
  start: "started",
  stop: "stopped",
  restart: "restarted",
  update: "updated",
} as const;

function reasonsOf(change: SectionChange & { readonly variables: readonly string[] }): string[] {
  const { directives, variables } = change;
  return [
    ...directives,
    ...(variables.length === 0 ? [] : [`environment (${variables.join(", ")})`]),
  ];
}

const LOOKS: Readonly<Record<string, Look>> = { "+": SGR.green, "-": SGR.red, "~": SGR.yellow };

/** Colours each line by its sign and moves nothing. */
export function paintApplyReport(lines: readonly string[]): string[] {
  return lines.map((line) => paint(line, LOOKS[line[0] ?? ""]));
}
