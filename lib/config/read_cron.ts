/**
 * What a section says of its runs by time, whether it or a line of a crontab says when they are.
 */
import { rowReader } from "./directive_row.ts";
import type { ServiceSection } from "./directives.ts";
import { CRON_ROWS } from "./directives_triggers.ts";
import type { Environment } from "./environment/environment.ts";
import type { CronPolicy } from "./model.ts";
import { present } from "./present.ts";

const readAlone = rowReader<CronPolicy>()(CRON_ROWS);

/** Reads what only cron services use. */
export function readCron(
  section: ServiceSection,
  environment: Environment,
  interval: string,
): CronPolicy {
  return present<CronPolicy>({ interval, ...readAlone(section, environment) });
}
