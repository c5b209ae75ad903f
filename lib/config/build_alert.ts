/** From a checked section to one alert. */
import type { AlertConfig } from "./alert_model.ts";
import type { Defaults } from "./build_settings.ts";
import { rowReader } from "./directive_row.ts";
import type { AlertSection } from "./directives.ts";
import { ALERT_ROWS, readEvents, readRestartRules } from "./directives_alert.ts";
import { present } from "./present.ts";

const readAlone = rowReader<AlertConfig>()(ALERT_ROWS);

/** Builds an alert. */
export function buildAlert(section: AlertSection, { environment }: Defaults): AlertConfig {
  section.checkEnvironment(environment);
  const alert = present<AlertConfig>({
    ...readAlone(section, environment),
    name: section.name,
    events: readEvents(section, environment, "events"),
    restarts: readRestartRules(section, environment, "events"),
    origin: section.place?.file.position(section.place.offset),
  });
  const ways = [section.has("command"), section.has("webhook"), section.has("file")];
  if (!ways.includes(true)) {
    section.fail("enabled", `${section.name} tells nobody: it needs command, webhook or file`);
  }
  return alert;
}
