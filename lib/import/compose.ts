/** From services of a Compose file, each of which had a container of its own. */
import { parseDuration } from "../base/duration.ts";
import { formatDiagnostic } from "../base/errors.ts";
import type { SourceMap, SourceNode } from "../config/source/source.ts";
import { parseSource } from "../config/source/yaml_source.ts";
import { parseLimit, RESOURCE_NAMES } from "../config/values.ts";
import { importDeploy, importResources } from "./compose_deploy.ts";
import { namesIn, remarkOnOthers } from "./compose_others.ts";
import {
  childOf,
  durationOf,
  listOf,
  notUnderstood,
  numberOf,
  signalOf,
  textOf,
} from "./compose_values.ts";
import { type Draft, type DraftSection, quoteForShell, sectionName } from "./draft.ts";
import { AT_ONCE } from "./shared_values.ts";

/** Converts the text of a Compose file into services of `draft`. */
export function importCompose(path: string, text: string, draft: Draft): void {
  const { root, problems } = parseSource(path, text);
  for (const problem of problems) draft.remark(`Not understood: ${formatDiagnostic(problem)}`);
  const services = root && childOf(root, "services");
  if (root === undefined || services?.kind !== "map") {
    draft.remark(`Not understood: ${path} has no services`);
    return;
  }
  draft.remark(
    "Each service had a container of its own. In one container they share the network: names of " +
      "services become 127.0.0.1 in commands and variables, elsewhere you have to write it, and " +
      "ports must differ. Programs come from this image. A service that cannot start ends the container, " +
      "unless it says ignore_failures: true; Compose leaves the others alone.",
  );
  remarkOnOthers(root, draft);
  for (const { key, value } of services.entries.values()) {
    if (value.kind === "map") importService(key.source, value, draft);
    else draft.remark(notUnderstood(`services.${key.source}`, value));
  }
  for (const service of draft.services) completeReadiness(service, draft);
  const names = [...services.entries.values()].map(({ key }) => key.source);
  for (const service of draft.services) localiseHosts(service, names);
}

/**
 * Puts 127.0.0.1 in the place of other services' names, where a port or a variable tells a host.
 */
function localiseHosts(service: DraftSection, names: readonly string[]): void {
  const hosts = names.map((name) => name.replace(/[^\w-]/g, "\\$&")).join("|");
  if (hosts === "") return;
  const withPort = new RegExp(`(?<=^|[/@=,\\s'"])(?:${hosts})(?=:\\d)`, "g");
  const inUrl = new RegExp(`(?<=://(?:[^/@\\s]*@)?)(?:${hosts})(?=[/:?]|$)`, "g");
  const localise = (text: string) =>
    text.replace(withPort, "127.0.0.1").replace(inUrl, "127.0.0.1");
  const command = service.get("command");
  if (typeof command === "string") service.set("command", localise(command));
  const variables = service.get("env_set") as Record<string, string> | undefined;
  if (variables === undefined) return;
  const isHost = (name: string) => /HOST|SERVER|ADDR/i.test(name);
  const entries = Object.entries(variables).map(([name, text]) => [
    name,
    isHost(name) && names.includes(text) ? "127.0.0.1" : localise(text),
  ]);
  service.set("env_set", Object.fromEntries(entries));
}

/** Who is waited for until it is healthy tells so by a probe of its own. */
function completeReadiness(service: DraftSection, draft: Draft): void {
  const health = service.get("health") as Record<string, string> | undefined;
  const reference = `${service.name}.service:ready`;
  const isAwaited = draft.services.some((other) =>
    String(other.get("after") ?? "").split(", ").includes(reference)
  );
  if (!isAwaited || health?.["exec"] === undefined) return;
  service.set("ready", { exec: health["exec"] });
  // Compose waits until the check has failed `retries` times in a row after start_period.
  const ms = (text = "0") => parseDuration(text) ?? 0;
  const retries = Number(health["retries"] ?? HEALTH_RETRIES);
  const patienceMs = ms(health["start_period"]) +
    retries * (ms(health["interval"]) + ms(health["timeout"]));
  service.set("process_timeout", patienceMs / 1000);
}

/** How often Docker's check fails before a container is unhealthy. */
const HEALTH_RETRIES = 3;

type Fields = Map<string, SourceNode>;

function importService(name: string, node: SourceMap, draft: Draft): void {
  const service = draft.service(name);
  const fields: Fields = new Map();
  for (const { key, value } of node.entries.values()) fields.set(key.source, value);
  const take = (field: string) => {
    const value = fields.get(field);
    fields.delete(field);
    return value;
  };
  importCommand(service, take("entrypoint"), take("command"), fields);
  const text = (field: string) => {
    const value = take(field);
    if (value !== undefined && value.kind !== "scalar") service.remark(notUnderstood(field, value));
    return textOf(value);
  };
  service.set("directory", text("working_dir"));
  const [user, group] = (text("user") ?? "").split(":");
  service.set("uid", user || undefined).set("gid", group || undefined);
  service.addVariables(variablesOf(take("environment"), service));
  importEnvFiles(service, take("env_file"));
  importProfiles(service, listOf(take("profiles")));
  importDependencies(service, take("depends_on"));
  importRestart(service, take("restart"));
  service.set("kill_signal", signalOf(take("stop_signal"), "stop_signal", service));
  const grace = durationOf(take("stop_grace_period"), "stop_grace_period", service);
  service.set("stop_timeout", grace === NO_TIME ? AT_ONCE : grace ?? GRACE_PERIOD);
  importHealth(service, take("healthcheck"));
  importLimits(service, take("ulimits"));
  service.set("oom_score_adj", numberOf(take("oom_score_adj"), "oom_score_adj", service));
  importResources(service, ["mem_limit", "cpus", "pids_limit"].map((name) => [name, take(name)]));
  importDeploy(service, take("scale"), take("deploy"));
  take("init");
  for (const [field, value] of fields) {
    const named = namesIn(value);
    service.remark(`No counterpart: ${field}${named === "" ? "" : `: ${named}`}`);
  }
}

function importProfiles(service: DraftSection, profiles: readonly string[]): void {
  if (profiles.length === 0) return;
  service.set("profiles", profiles);
  service.remark(`CHAPERONE_PROFILE=${profiles[0]} starts it.`);
}

/** What `durationOf` makes of none. */
const NO_TIME = "0s";

/** How long Docker waits after a stop signal. */
const GRACE_PERIOD = "10s";

/** A file that may be missing has no counterpart: a start fails without one that is named. */
function importEnvFiles(service: DraftSection, node: SourceNode | undefined): void {
  const items = node?.kind === "list" ? node.items : node === undefined ? [] : [node];
  const paths: string[] = [];
  for (const item of items) {
    const path = textOf(item.kind === "map" ? childOf(item, "path") : item);
    if (path === undefined) {
      service.remark(notUnderstood("env_file", item));
      continue;
    }
    const required = item.kind === "map" ? textOf(childOf(item, "required")) : undefined;
    if (required === "false") service.remark(`Left out: env_file ${path}, which may be missing.`);
    else paths.push(path);
  }
  if (paths.length > 0) service.set("env_file", paths);
}

function importCommand(
  service: DraftSection,
  entrypoint: SourceNode | undefined,
  command: SourceNode | undefined,
  fields: Fields,
): void {
  const words = [entrypoint, command].map(commandText).filter((text) => text !== "");
  if (words.length > 0) {
    service.set("command", words.join(" "));
    return;
  }
  const image = fields.get("image");
  const source = image?.kind === "scalar" ? image.source : "its image";
  service.set("command", "/bin/false").set("enabled", false);
  service.remark(`The command is in ${source}: look it up there, and enable the service.`);
}

function commandText(node: SourceNode | undefined): string {
  if (node?.kind === "list") return listOf(node).map(quoteForShell).join(" ");
  return textOf(node)?.trim() ?? "";
}

function variablesOf(node: SourceNode | undefined, service: DraftSection): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const { key, value } of node?.kind === "map" ? node.entries.values() : []) {
    const text = textOf(value);
    if (text !== undefined) variables[key.source] = text;
    // One without a value means the variable of the outside, which is inherited anyway.
    else if (value.kind !== "scalar") {
      service.remark(notUnderstood(`environment.${key.source}`, value));
    }
  }
  if (node?.kind === "scalar" && textOf(node) !== undefined) {
    service.remark(notUnderstood("environment", node));
  }
  for (const item of node?.kind === "list" ? listOf(node) : []) {
    const at = item.indexOf("=");
    // A bare name means the variable of the outside, which is inherited anyway.
    if (at > 0) variables[item.slice(0, at)] = item.slice(at + 1);
  }
  return variables;
}

const CONDITIONS: Readonly<Record<string, string>> = {
  "service_started": "",
  "service_healthy": ":ready",
  "service_completed_successfully": ":completed",
};

function importDependencies(service: DraftSection, node: SourceNode | undefined): void {
  for (const name of listOf(node?.kind === "list" ? node : undefined)) {
    service.addName("after", `${sectionName(name)}.service`);
  }
  if (node?.kind === "scalar" && textOf(node) !== undefined) {
    service.remark(notUnderstood("depends_on", node));
  }
  if (node?.kind !== "map") return;
  for (const { key, value } of node.entries.values()) {
    const condition = value.kind === "map" ? textOf(childOf(value, "condition")) : undefined;
    const suffix = CONDITIONS[condition ?? ""] ?? "";
    if (condition !== undefined && CONDITIONS[condition] === undefined) {
      service.remark(notUnderstood(`depends_on.${key.source}.condition: ${condition}`, value));
    }
    const isTrue = (field: string) =>
      value.kind === "map" ? textOf(childOf(value, field)) === "true" : undefined;
    const isOptional = value.kind === "map" && textOf(childOf(value, "required")) === "false";
    const name = `${sectionName(key.source)}.service`;
    service.addName(isOptional ? "wants" : "after", name + suffix);
    if (isTrue("restart")) service.addName("follows", name);
    for (const field of value.kind === "map" ? value.entries.values() : []) {
      if (["condition", "restart", "required"].includes(field.key.source)) continue;
      service.remark(`No counterpart: depends_on.${key.source}.${field.key.source}`);
    }
  }
}

function importRestart(service: DraftSection, node: SourceNode | undefined): void {
  const [policy = "no", count] = (textOf(node) ?? "no").split(":");
  if (policy === "always" || policy === "unless-stopped") {
    service.set("restart", "always").set("restart_limit", 0);
  } else if (policy === "on-failure" && /^\d*$/.test(count ?? "")) {
    service.set("restart", true).set("restart_limit", Number(count ?? 0));
  } else {
    // YAML reads `no` as false.
    const isNo = /^(?:no|false)$/i.test(policy);
    if (node !== undefined && !isNo) service.remark(notUnderstood("restart", node));
    return;
  }
  // Docker begins with 100 ms, doubles up to a minute, and forgets after ten seconds.
  service.set("restart_delay", 0.1).set("restart_backoff", "1m").set("restart_window", 10);
}

function importHealth(service: DraftSection, node: SourceNode | undefined): void {
  if (node !== undefined && node.kind !== "map") service.remark(notUnderstood("healthcheck", node));
  if (node?.kind !== "map") return;
  const disabled = textOf(childOf(node, "disable")) === "true";
  const test = childOf(node, "test");
  const words = listOf(test);
  if (disabled || words.length === 0 || words[0] === "NONE") return;
  const isShell = test?.kind === "scalar" || words[0] === "CMD-SHELL";
  const script = test?.kind === "scalar" ? words[0] ?? "" : words[1] ?? "";
  const exec = isShell
    ? `/bin/sh -c ${quoteForShell(script)}`
    : words.slice(1).map((word) => quoteForShell(word)).join(" ");
  const health: Record<string, string> = { exec };
  // Docker's defaults for the first two are half a minute.
  for (
    const [field = "", fallback] of [["interval", "30s"], ["timeout", "30s"], ["start_period"]]
  ) {
    const own = durationOf(childOf(node, field), `healthcheck.${field}`, service);
    // 0 is the default.
    const duration = own === NO_TIME ? fallback : own ?? fallback;
    if (duration !== undefined) health[field] = duration;
  }
  const retries = numberOf(childOf(node, "retries"), "healthcheck.retries", service);
  if (retries !== undefined && retries > 0) health["retries"] = String(retries);
  // Compose only shows that a service is unhealthy.
  health["action"] = "none";
  service.set("health", health);
  const startInterval = textOf(childOf(node, "start_interval"));
  if (startInterval !== undefined) {
    service.remark(`No counterpart: healthcheck.start_interval: ${startInterval}`);
  }
}

function importLimits(service: DraftSection, node: SourceNode | undefined): void {
  if (node !== undefined && node.kind !== "map") service.remark(notUnderstood("ulimits", node));
  if (node?.kind !== "map") return;
  const limits: Record<string, string> = {};
  for (const { key, value } of node.entries.values()) {
    const soft = value.kind === "map" ? textOf(childOf(value, "soft")) : textOf(value);
    const hard = value.kind === "map" ? textOf(childOf(value, "hard")) : undefined;
    const unlimited = (text: string) => text === "-1" ? "unlimited" : text;
    if (soft === undefined) {
      service.remark(notUnderstood(`ulimits.${key.source}`, value));
      continue;
    }
    const limit = unlimited(soft) + (hard === undefined ? "" : `:${unlimited(hard)}`);
    const isKnown = RESOURCE_NAMES.includes(key.source);
    if (isKnown && parseLimit(key.source, limit) !== undefined) limits[key.source] = limit;
    else service.remark(notUnderstood(`ulimits.${key.source}`, value));
  }
  if (Object.keys(limits).length > 0) service.set("limits", limits);
}
