/** Has the services that ask for it run in control groups of their own. */
import type { ServiceConfig } from "../../config/model.ts";
import { describePlans, type GroupPlan, planGroup } from "../../service/groups/group_plan.ts";
import { hasGroup } from "../../service/groups/has_group.ts";
import { isGone } from "../../service/life/phase.ts";
import type { GroupOs } from "../../door/group_os.ts";
import type { Journal } from "../logging/journal.ts";
import { OomWatch } from "./oom_watch.ts";
import type { Supervisor } from "./supervisor.ts";

export interface GroupKeeperParts {
  readonly groups: GroupOs;
  readonly journal: Journal;
  readonly nowMs: () => number;
  readonly supervisor: Supervisor;
}

export class GroupKeeper {
  readonly #parts: GroupKeeperParts;
  readonly #deaths = new Map<string, OomWatch>();
  readonly #told = new Set<string>();

  constructor(parts: GroupKeeperParts) {
    this.#parts = parts;
    const { supervisor, groups } = parts;
    supervisor.observe((name, _before, after) => {
      if (!isGone(after) || !hasGroup(supervisor.config(name))) return;
      this.#deaths.delete(name);
      groups.remove(name);
    });
  }

  /** These services are in force: says what has no effect. */
  configure(services: readonly ServiceConfig[]): void {
    const { groups, journal } = this.#parts;
    const limited = services.filter(hasGroup);
    for (const config of limited) this.#plan(config);
    const { facts } = groups;
    const plans = new Map(limited.map((config) => [config.name, planGroup(config, facts)]));
    for (const text of describePlans(plans)) {
      if (this.#told.has(text)) continue;
      this.#told.add(text);
      journal.write({ level: "warn", text });
    }
  }

  #plan(config: ServiceConfig): GroupPlan {
    const { groups } = this.#parts;
    groups.open(planGroup(config, groups.facts).settings.map(({ controller }) => controller));
    return planGroup(config, groups.facts);
  }

  /**
   * Returns the file by which a process enters the group of a service; undefined where it has none.
   * @throws {SystemError}
   */
  entrance(config: ServiceConfig): string | undefined {
    const { groups, nowMs } = this.#parts;
    const { name } = config;
    if (!hasGroup(config) || groups.facts.problem !== undefined) return undefined;
    const path = groups.prepare(name, this.#plan(config).settings);
    if (!this.#deaths.has(name)) {
      this.#deaths.set(name, new OomWatch({ count: () => groups.oomKills(name), nowMs }));
    }
    return path;
  }

  /** Kills all that is left in the group of a service, and all that it starts meanwhile. */
  kill(name: string): void {
    const { groups, supervisor } = this.#parts;
    if (hasGroup(supervisor.config(name))) groups.kill(name);
  }

  /** Whether a process of a service that was killed was killed for lack of memory. */
  explains(name: string): boolean {
    return this.#deaths.get(name)?.explains() ?? false;
  }
}
