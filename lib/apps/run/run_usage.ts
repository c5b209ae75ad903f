/** Joins what measures services to the system. Imported by the parts that ask for it. */
import { UsageMeter } from "../../daemon/services/usage_meter.ts";
import type { Supervisor } from "../../daemon/services/supervisor.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { readProcessTable } from "../../sys/processes/all_processes.ts";

/** Makes what reads /proc when it is asked, and not before. */
export function createUsageMeter(os: OwnedOs, supervisor: Supervisor): UsageMeter {
  return new UsageMeter({
    ownPid: os.pid,
    table: readProcessTable,
    ownersOf: (processes) => supervisor.processes.ownersOf(processes),
    services: supervisor,
    nowMs: os.nowMs,
  });
}
