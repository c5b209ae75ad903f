/** What another configuration has changed, in a few words each. */
import type { ConfigDiff, SectionChange } from "../../config/config_diff.ts";

/** Of a change of a hundred services only the first are named. */
const CHANGES_MAX = 40;

/** Lists the changes, one section each. */
export function listChanges({ services, loggings, alerts, settings }: ConfigDiff): string[] {
  const changes = [
    ...services.map((change) => sectionText(change, change.variables)),
    ...[...loggings, ...alerts].map((change) => sectionText(change, [])),
    ...(settings.length === 0
      ? []
      : [`settings changed: ${settings.map(({ directive }) => directive).join(", ")}`]),
  ];
  const left = changes.length - CHANGES_MAX;
  return left <= 0 ? changes : [...changes.slice(0, CHANGES_MAX), `and ${left} more`];
}

/** Values are left out: they may be secrets. */
function sectionText({ name, kind, directives }: SectionChange, variables: readonly string[]) {
  const what = [...directives, ...variables.map((variable) => `$${variable}`)];
  return `${name} ${kind}${what.length === 0 ? "" : `: ${what.join(", ")}`}`;
}
