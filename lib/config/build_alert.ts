/** From a checked section to one alert. */
import type { AlertConfig } from "./alert_model.ts";
import type { Defaults } from "./build_settings.ts";
import { rowReader } from "./directive_row.ts";
import type { AlertSection } from "./directives.ts";
import { ALERT_ROWS, DEFAULT_EVENTS } from "./directives_alert.ts";
import { present } from "./present.ts";
import { parseAlertWord } from "./values.ts";

const readAlone = rowReader<AlertConfig>()(ALERT_ROWS);

/** Builds an alert. */
export function buildAlert(section: AlertSection, { environment }: Defaults): AlertConfig {
  section.checkEnvironment(environment);
  const told = section.parsedList("events", environment, parseAlertWord) ?? DEFAULT_EVENTS;
  if (told.length === 0) section.refuse("events", "names nothing");
  const alert = present<AlertConfig>({
    ...readAlone(section, environment),
    name: section.name,
    events: told.filter((word) => typeof word === "string"),
    restarts: told.filter((word) => typeof word === "object"),
    origin: section.origin,
  });
  if (!section.has("command") && !section.has("webhook") && !section.has("file")) {
    section.fail("enabled", `${section.name} tells nobody: it needs command, webhook or file`);
  }
  return alert;
}
