/**
 * What a section says of its runs by time, whether it or a line of a crontab says when they are.
 */
import { rowReader } from "./directive_row.ts";
import type { ServiceSection } from "./directives.ts";
import { CRON_ROWS } from "./directives_triggers.ts";
import type { Environment } from "./environment/environment.ts";
import type { CronPolicy, DueTimes } from "./model.ts";
import { type Loose, present } from "./present.ts";

const readAlone = rowReader<CronPolicy>()(CRON_ROWS);

/** Reads what only cron services use. */
export function readCron(
  section: ServiceSection,
  environment: Environment,
  times: Loose<DueTimes>,
): CronPolicy {
  return present<CronPolicy>({ ...times, ...readAlone(section, environment) });
}
