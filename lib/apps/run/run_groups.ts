/** Joins control groups of services to the system. Imported by run_parts.ts where one asks for it. */
import type { Config } from "../../config/model.ts";
import type { Logging } from "../../daemon/logging/logging.ts";
import { GroupKeeper } from "../../daemon/services/group_keeper.ts";
import type { Supervisor } from "../../daemon/services/supervisor.ts";
import { ServiceGroups } from "../../sys/groups/service_groups.ts";
import type { OwnedOs } from "../../sys/os.ts";

/** Makes what keeps them, for this configuration. */
export function wireGroups(
  { services }: Config,
  { os, logging, supervisor }: {
    readonly os: OwnedOs;
    readonly logging: Logging;
    readonly supervisor: Supervisor;
  },
): GroupKeeper {
  const groups = new ServiceGroups();
  const keeper = new GroupKeeper({ groups, supervisor, journal: logging, nowMs: os.nowMs });
  keeper.configure(services);
  return keeper;
}
