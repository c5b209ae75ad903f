/** Who runs a unit's processes and with what, see systemd.exec(5). */
import { literal } from "../config/environment/expansion.ts";
import { parseLimit, parsePercent, parseWhole, RESOURCE_NAMES } from "../config/values.ts";
import { type DraftSection } from "./draft.ts";
import { umaskText } from "./shared_values.ts";
import { unitWords } from "./systemd_command.ts";
import type { UnitSettings } from "./systemd_unit.ts";

/** Sets the directives for user, environment, resources and streams. */
export function importExecution(own: UnitSettings, service: DraftSection): void {
  service.set("directory", own.last("WorkingDirectory")?.replace(/^-?~?/, "") || undefined);
  const user = own.last("User");
  const group = own.last("Group");
  service.set("uid", user ?? (group === undefined ? undefined : "root")).set("gid", group);
  const groups = own.all("SupplementaryGroups").flatMap((value) => value.split(/\s+/));
  if (groups.length > 0 && user !== undefined) service.set("groups", groups);
  else if (groups.length > 0) {
    service.remark(`No counterpart without User=: SupplementaryGroups=${groups.join(" ")}`);
  }
  importEnvironment(own, service);
  service.set("umask", own.read("UMask", umaskText));
  service.set("nice", own.read("Nice", (text) => parseWhole(text, -20, 19)));
  service.set("oom_score_adj", own.read("OOMScoreAdjust", (text) => parseWhole(text, -1000, 1000)));
  service.set("memory_max", own.read("MemoryMax", sizeOrNone) || undefined);
  service.set("cpu_max", own.read("CPUQuota", percent));
  service.set("cpu_weight", own.read("CPUWeight", (text) => parseWhole(text, 1, 10_000)));
  service.set("pids_max", own.read("TasksMax", countOrNone) || undefined);
  const limits: Record<string, string> = {};
  for (const name of RESOURCE_NAMES) {
    const isSound = (text: string) => parseLimit(name, text) === undefined ? undefined : text;
    const value = own.read(`Limit${name.toUpperCase()}`, isSound);
    if (value !== undefined) limits[name] = value.replaceAll("infinity", "unlimited");
  }
  if (Object.keys(limits).length > 0) {
    service.set("limits", limits);
    service.remark("Above the limits of the container (docker run --ulimit), it cannot start.");
  }
  importStreams(own, service);
}

/** What there is without a limit: nothing to be set. */
const NONE = "";

function sizeOrNone(text: string): string | undefined {
  if (text === "infinity") return NONE;
  return /^[1-9]\d*[KMGT]?$/.test(text) ? text : undefined;
}

function countOrNone(text: string): number | string | undefined {
  if (text === "infinity") return NONE;
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

function percent(text: string): string | undefined {
  return parsePercent(text) === undefined ? undefined : text;
}

function importEnvironment(own: UnitSettings, service: DraftSection): void {
  const variables: Record<string, string> = {};
  for (const word of own.all("Environment").flatMap(unitWords)) {
    const at = word.indexOf("=");
    if (at > 0) variables[word.slice(0, at)] = literal(word.slice(at + 1));
    else own.refuse("Environment", word);
  }
  service.addVariables(variables);
  const files = own.all("EnvironmentFile");
  const required = files.filter((path) => !path.startsWith("-"));
  if (required.length > 0) service.set("env_file", required);
  for (const path of files.filter((file) => file.startsWith("-"))) {
    service.remark(`Optional in systemd, set env_file if it is there: EnvironmentFile=${path}`);
  }
  const unset = own.all("UnsetEnvironment").flatMap((value) => value.split(/\s+/));
  if (unset.length > 0) service.set("env_unset", unset);
}

function importStreams(own: UnitSettings, service: DraftSection): void {
  own.all("SyslogIdentifier");
  for (
    const [key, directive] of [["StandardOutput", "stdout"], ["StandardError", "stderr"]] as const
  ) {
    const target = own.last(key);
    if (target === "null") service.set(directive, "null");
    else if (target !== undefined && /^(?:file|append|truncate|tty|socket|fd)/.test(target)) {
      service.remark(`No counterpart: ${key}=${target}; see logging sections.`);
    } else if (
      target !== undefined && !/^(?:inherit|(?:journal|kmsg)(?:\+console)?|syslog.*)$/.test(target)
    ) {
      own.refuse(key, target);
    }
  }
}
