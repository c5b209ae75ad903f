/**
 * Every directive of the configuration. This table drives validation, reading, comparing, the
 * reference manual and the JSON schema; each directive is one row of one of the files
 * `directives_….ts`.
 */
import type { Directive, ListedDirective, SectionKind } from "./directive.ts";
import { type AnyRows, type DecidedFields, listRows } from "./directive_row.ts";
import { EDGE_ROWS } from "./directives_edges.ts";
import { ALERT_ROWS } from "./directives_alert.ts";
import { GROUP_ROWS } from "./directives_group.ts";
import { HOOK_ROWS } from "./directives_hooks.ts";
import { LIFE_ROWS } from "./directives_life.ts";
import { LOGGING_ROWS } from "./directives_logging.ts";
import { OWN_ROWS } from "./directives_own.ts";
import { PROCESS_ROWS } from "./directives_process.ts";
import { ROLL_ROWS } from "./directives_roll.ts";
import { RESTART_ROWS } from "./directives_restart.ts";
import { SECRET_ROWS } from "./directives_secrets.ts";
import { SANDBOX_ROWS } from "./directives_sandbox.ts";
import { SETTINGS_ROWS } from "./directives_settings.ts";
import { CRON_ROWS, TRIGGER_ROWS } from "./directives_triggers.ts";
import { RENEWAL_ROWS, WATCH_ROWS } from "./directives_renewal.ts";
import type { AlertConfig } from "./alert_model.ts";
import type { LoggingConfig, ServiceConfig, Settings } from "./model.ts";
import type { Section } from "./section.ts";

const SERVICE_ROWS = [
  PROCESS_ROWS,
  GROUP_ROWS,
  SANDBOX_ROWS,
  SECRET_ROWS,
  OWN_ROWS,
  LIFE_ROWS,
  EDGE_ROWS,
  HOOK_ROWS,
  RENEWAL_ROWS,
  WATCH_ROWS,
  ROLL_ROWS,
  RESTART_ROWS,
  CRON_ROWS,
  TRIGGER_ROWS,
] as const;

/** The names of each kind of section: who reads one that is in no row does not compile. */
export type DirectiveNames = {
  readonly settings: keyof typeof SETTINGS_ROWS;
  readonly service: KeyOfAny<(typeof SERVICE_ROWS)[number]>;
  readonly logging: keyof typeof LOGGING_ROWS;
  readonly alert: keyof typeof ALERT_ROWS;
};

type KeyOfAny<Rows> = Rows extends unknown ? keyof Rows & string : never;

export type SettingsSection = Section<DirectiveNames["settings"]>;
export type ServiceSection = Section<DirectiveNames["service"]>;
export type LoggingSection = Section<DirectiveNames["logging"]>;
export type AlertSection = Section<DirectiveNames["alert"]>;

/** The directives of each kind of section by name. */
export const DIRECTIVES: Readonly<Record<SectionKind, ReadonlyMap<string, Directive>>> = {
  settings: byName([SETTINGS_ROWS]),
  service: byName(SERVICE_ROWS),
  logging: byName([LOGGING_ROWS]),
  alert: byName([ALERT_ROWS]),
};

function byName(parts: readonly AnyRows[]): ReadonlyMap<string, Directive> {
  return new Map(parts.flatMap((rows) => Object.entries(rows)));
}

/** What the configuration models; each field is decided by a row, or is named here. */
type Undecided =
  | Exclude<keyof Settings, "ignoreFailures" | "identity" | DecidedFields<typeof SETTINGS_ROWS>>
  | Exclude<
    keyof ServiceConfig,
    | ("name" | "origin" | "section" | "environment" | "instance" | "isSpare" | "idleDelayMs")
    | ("restart" | "cron")
    | DecidedFields<
      | typeof PROCESS_ROWS
      | typeof GROUP_ROWS
      | typeof SANDBOX_ROWS
      | typeof SECRET_ROWS
      | typeof OWN_ROWS
      | typeof LIFE_ROWS
      | typeof EDGE_ROWS
      | typeof HOOK_ROWS
      | typeof RENEWAL_ROWS
      | typeof WATCH_ROWS
      | typeof ROLL_ROWS
      | typeof TRIGGER_ROWS
    >
  >
  | Exclude<keyof LoggingConfig, "name" | "origin" | DecidedFields<typeof LOGGING_ROWS>>
  | Exclude<keyof AlertConfig, "name" | "origin" | DecidedFields<typeof ALERT_ROWS>>;

/**
 * Lists the directives of a kind of section, in the order of the manual. Does not compile where a
 * field of the model is decided by no row.
 */
export function listDirectives(
  kind: [Undecided] extends [never] ? SectionKind : { "no row decides": Undecided },
): readonly ListedDirective[] {
  switch (kind) {
    case "settings":
      return listRows(SETTINGS_ROWS);
    case "service":
      return [
        ...listRows(PROCESS_ROWS),
        ...listRows(GROUP_ROWS),
        ...listRows(SANDBOX_ROWS),
        ...listRows(SECRET_ROWS),
        ...listRows(OWN_ROWS),
        ...listRows(LIFE_ROWS),
        ...listRows(EDGE_ROWS),
        ...listRows(HOOK_ROWS),
        ...listRows(RENEWAL_ROWS),
        ...listRows(WATCH_ROWS),
        ...listRows(ROLL_ROWS),
        ...listRows(RESTART_ROWS, "restart"),
        ...listRows(CRON_ROWS, "cron"),
        ...listRows(TRIGGER_ROWS),
      ];
    case "logging":
      return listRows(LOGGING_ROWS);
    case "alert":
      return listRows(ALERT_ROWS);
  }
}
