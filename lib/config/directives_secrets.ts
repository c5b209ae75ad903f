/** The directives of a service about secrets. */
import type { Rows } from "./directive_row.ts";
import type { ServiceConfig } from "./model.ts";
import { readSecretFiles } from "./secrets.ts";

const REDACT = {
  since: "0.5.0",
  kind: "boolean",
  format: "boolean",
  default: "false",
  applies: "restart",
} as const;

export const SECRET_ROWS = {
  secrets: {
    since: "0.5.0",
    kind: "text-map",
    format: "secrets",
    field: "secrets",
    applies: "restart",
    read: readSecretFiles,
    note: () => ({
      summary: "Secrets that it is handed as files in memory, not by its environment.",
      example: "{DB_PASSWORD: file:/run/secrets/db}",
      detail:
        "`DB_PASSWORD_FILE` says where it is: `/proc/self/fd/N`, a sealed file of its user's " +
        "alone; a `DB_PASSWORD` of the environment is left out. The file is read at each start: as " +
        "root where only root can change what the path leads to, else as the service's user. " +
        "Where it is missing, the service does not start. Commands beside the service get it, too.",
    }),
  },
  redact: {
    ...REDACT,
    default: "as settings say",
    fields: ["redact"],
    note: () => ({
      summary: "Whether `***` stands for secrets in what it writes to stdout and stderr.",
      example: "true",
      detail: "Of `secrets`, and of variables named like secrets (`PASSWORD`, `TOKEN`, `KEY` …), " +
        "as they were at its start: each line of a value, from 4 bytes on, 16 KiB in all. They " +
        "are found wherever a line is split between writes or pieces; not where they are " +
        "written in another form (base64, JSON's escapes) or with a newline inside. With " +
        "`stdout: inherit`, chaperone writes its lines.",
    }),
  },
} as const satisfies Rows<ServiceConfig>;

/** Of the settings. */
export const SECRET_DEFAULT_ROWS = {
  redact: {
    ...REDACT,
    note: () => ({
      summary: "Whether `***` stands for secrets in what services write to stdout and stderr.",
      example: "true",
      detail:
        "As a default for services; one that has the directive itself has its own value. The " +
        "command of the command line is a service, unless it has the terminal.",
    }),
  },
} as const;
