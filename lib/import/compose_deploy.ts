/** How many containers of a Compose service there were, with how much, and how they were exchanged. */
import type { SourceMap, SourceNode } from "../config/source/source.ts";
import { childOf, notUnderstood, numberOf, textOf } from "./compose_values.ts";
import type { DraftSection } from "./draft.ts";

/** Where a limit stands, and what it is. */
type Limit = readonly [what: string, node: SourceNode | undefined];

/** Sets the limits of a container for the service: those of memory, processors and processes. */
export function importResources(
  service: DraftSection,
  [memory, cpus, pids]: readonly Limit[],
): void {
  const parse = <T>(
    [what, node]: Limit = ["", undefined],
    read: (text: string) => T | undefined,
  ) => {
    const text = textOf(node)?.trim();
    // -1 and 0 are no limit.
    if (text === undefined || text === "-1" || text === "0") return undefined;
    const value = read(text);
    if (value === undefined && node !== undefined) service.remark(notUnderstood(what, node));
    return value;
  };
  service.set("memory_max", parse(memory, sizeOf));
  service.set("cpu_max", parse(cpus, percentOf));
  service.set("pids_max", parse(pids, (text) => /^\d+$/.test(text) ? Number(text) : undefined));
}

/** `512m`, `1gb`, `64MiB` or bytes. */
function sizeOf(text: string): string | undefined {
  const [, number, unit = ""] = /^(\d+)\s*([kmg]?)i?b?$/i.exec(text) ?? [];
  return number === undefined ? undefined : `${number}${unit.toUpperCase()}`;
}

function percentOf(text: string): string | undefined {
  const count = Number(text);
  return count > 0 ? `${Number((100 * count).toFixed(2))}%` : undefined;
}

type Entries = readonly { readonly key: { readonly source: string }; readonly value: SourceNode }[];

function entriesOf(node: SourceNode | undefined): Entries {
  return node?.kind === "map" ? [...node.entries.values()] : [];
}

/** How many copies run, with how much, and how they are exchanged; where is the orchestrator's. */
export function importDeploy(
  service: DraftSection,
  scale: SourceNode | undefined,
  deploy: SourceNode | undefined,
): void {
  const entries = entriesOf(deploy);
  const of = (name: string) => entries.find(({ key }) => key.source === name)?.value;
  const count = numberOf(scale ?? of("replicas"), "the number of copies", service);
  if (count === 0) service.set("enabled", false);
  else service.set("instances", count);
  const update = of("update_config");
  if (update?.kind === "map" && count !== 0) importUpdate(service, update, count ?? 1);
  const resources = of("resources");
  if (resources?.kind === "map") importDeployResources(service, resources);
  if (Number(service.get("instances") ?? 0) + Number(service.get("max_surge") ?? 0) > 1) {
    service.remark(
      "Copies share the network: each needs a port of its own; its number is $(_CHAP_INSTANCE).",
    );
  }
  for (const { key } of entries) {
    if (["replicas", "update_config", "resources"].includes(key.source)) continue;
    service.remark(`No counterpart: deploy.${key.source}`);
  }
}

function importDeployResources(service: DraftSection, resources: SourceMap): void {
  const limits = childOf(resources, "limits");
  if (limits?.kind === "map") {
    const names = ["memory", "cpus", "pids"];
    importResources(
      service,
      names.map((name) => [`deploy.resources.limits.${name}`, childOf(limits, name)]),
    );
  }
  for (const { key } of entriesOf(resources)) {
    if (key.source !== "limits") service.remark(`No counterpart: deploy.resources.${key.source}`);
  }
}

/** What chaperone does where one does not become ready: stop, and with `apply` go back. */
const SAME_ACTIONS = ["pause", "rollback"];

function importUpdate(service: DraftSection, update: SourceMap, count: number): void {
  // 0 is all at once.
  const parallel = numberOf(childOf(update, "parallelism"), "parallelism", service) ?? 1;
  const width = parallel === 0 ? count : parallel;
  const order = textOf(childOf(update, "order")) ?? "stop-first";
  if (order === "start-first") {
    service.set("instances", count).set("max_surge", Math.max(1, width));
  } else if (count > 1 && width > 1) service.set("max_unavailable", width);
  const action = textOf(childOf(update, "failure_action")) ?? "pause";
  if (!SAME_ACTIONS.includes(action)) {
    service.remark(`No counterpart: deploy.update_config.failure_action: ${action}`);
  }
  for (const { key } of entriesOf(update)) {
    if (["parallelism", "order", "failure_action"].includes(key.source)) continue;
    service.remark(`No counterpart: deploy.update_config.${key.source}`);
  }
}
