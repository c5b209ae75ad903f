/** The part of applying a configuration that exchanges instances a few at a time. */
import type { Config, ServiceConfig } from "../../config/model.ts";
import { planRoll } from "../../service/renewal/roll.ts";
import type { Roller } from "../renewal/roller.ts";

/** What rolling instances from one configuration to another takes. */
export interface Rolling {
  /** The configuration wanted, but for the instances that have their former one. */
  readonly mixed: () => Config;
  readonly wanted: (name: string) => ServiceConfig;
  /** All services of the configuration wanted. */
  readonly all: readonly ServiceConfig[];
  /** Gives an instance the configuration wanted; resolves with why it is not ready. */
  readonly renew: (name: string) => Promise<string | undefined>;
  /** Gives it back the former one. */
  readonly restore: (name: string) => Promise<string | undefined>;
}

/**
 * Rolls one group of instances after another. Returns why they are not all ready; all have their
 * former configuration then.
 */
export async function rollAll(
  groups: readonly (readonly string[])[],
  rolling: Rolling,
  roller: Roller,
): Promise<readonly string[]> {
  const { wanted, all, renew, restore } = rolling;
  const done: (readonly ServiceConfig[])[] = [];
  for (const names of groups) {
    const members = names.map(wanted);
    const plan = () => planRoll(members, all, { canGoBack: true });
    const [first] = members as [ServiceConfig];
    const { failures } = await roller.roll(first, { plan, exchange: renew, restore });
    if (failures.length === 0) {
      done.push(members);
      continue;
    }
    const lost = await restoreAll(done, rolling, roller);
    return [...failures, ...lost];
  }
  return [];
}

/** The groups that were done before go back, too. */
async function restoreAll(
  groups: readonly (readonly ServiceConfig[])[],
  { all, restore }: Rolling,
  roller: Roller,
): Promise<string[]> {
  const lost: string[] = [];
  for (const members of groups) {
    const plan = () => planRoll(members, all, { isWatched: false });
    const [first] = members as [ServiceConfig];
    const { failures } = await roller.roll(first, { plan, exchange: restore });
    lost.push(...failures);
  }
  return lost;
}
