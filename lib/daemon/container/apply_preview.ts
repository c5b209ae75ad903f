/** What applying another configuration would do, and why it cannot be done. */
import { type ConfigDiff, diffConfigs } from "../../config/config_diff.ts";
import type { Config, ServiceConfig } from "../../config/model.ts";
import type { Os } from "../../door/os.ts";
import { type ApplyPlan, planApply } from "../../service/apply_plan.ts";
import type { Family } from "../../service/family.ts";
import type { Supervisor } from "../services/supervisor.ts";
import type { CurrentConfig } from "./current_config.ts";
import { findProgram } from "../services/program_check.ts";

/** A configuration with its order, as loading gives it. */
export interface LoadedConfig {
  readonly config: Config;
  readonly family: Family;
  /** What loading had to say. */
  readonly notices: readonly string[];
  /** Where the configuration would be, if there is nothing. */
  readonly missingPath?: string | undefined;
}

/** What applying would do. */
export interface ApplyPreview {
  readonly loaded: LoadedConfig;
  readonly diff: ConfigDiff;
  readonly plan: ApplyPlan;
  /** The configuration in force. */
  readonly basis: Config;
  /** Why it cannot be done; empty: it can. */
  readonly obstacles: readonly string[];
}

/** Says what applying a configuration would do. */
export function previewOf(
  loaded: LoadedConfig,
  { current, supervisor, os }: {
    readonly current: CurrentConfig;
    readonly supervisor: Supervisor;
    readonly os: Os;
  },
): ApplyPreview {
  const diff = diffConfigs(current.config, loaded.config);
  const before = { services: current.config.services, family: current.presentFamily };
  const after = { services: loaded.config.services, family: loaded.family };
  const plan = planApply(diff, before, after, (name) => supervisor.state(name));
  const obstacles = [...findObstacles({ loaded, diff, plan }, os)];
  return { loaded, diff, plan, basis: current.config, obstacles };
}

/** Says why a configuration cannot be put in force. */
function* findObstacles(
  { loaded, diff, plan }: Pick<ApplyPreview, "loaded" | "diff" | "plan">,
  os: Os,
): Iterable<string> {
  for (const { directive, isLive } of diff.settings) {
    if (isLive) continue;
    yield `Cannot apply ${directive} of settings: it is read once, when the container starts`;
  }
  const configs = new Map(loaded.config.services.map((service) => [service.name, service]));
  for (const name of [...plan.starts, ...plan.rolls.flat()]) {
    const config = configs.get(name) as ServiceConfig;
    const found = findProgram(config, os);
    if (found.kind === "unusable") yield `Cannot start ${name}: ${found.failure.text}`;
    yield* missingFiles(config, os);
  }
}

/** A file may still be made by a service that starts before this one. */
function* missingFiles(config: ServiceConfig, os: Os): Iterable<string> {
  if (!config.enabled || config.ignoreFailures || config.after.length > 0) return;
  for (const path of config.envFiles) {
    if (os.fileStamp(path) !== undefined) continue;
    yield `Cannot start ${config.name}: env_file '${path}' does not exist`;
  }
  for (const { name, path } of config.secrets ?? []) {
    if (os.fileStamp(path) !== undefined) continue;
    yield `Cannot start ${config.name}: '${path}', the secret ${name}, does not exist`;
  }
}
