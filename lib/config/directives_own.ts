/** The directive about the owners of files, of services and of the settings. */
import type { Directive } from "./directive.ts";

const OWN = {
  since: "0.5.0",
  kind: "text-map",
  format: "own",
  applies: "restart",
  note: () => ({
    summary: "Files and directories that are given to a user before the start.",
    example: '{/data: app, /config: "1000:1000"}',
    detail: "A user, or USER:GROUP, by name or number; a directory with all that is in it. Only " +
      "what is wrong is changed, by another process than chaperone: no link is followed, no mount " +
      "entered, nothing on a read-only one touched; devices stay, and files with several names " +
      "that others than root may have put there. Ends after `wait_timeout`, which fails the " +
      "start; the next one goes on. Needs root. See [volumes](sandbox.md#volumes).",
  }),
} as const satisfies Directive;

/** Of a service. */
export const OWN_ROWS = { own: { ...OWN, fields: ["own"] } } as const;

/** Of the settings. */
export const OWN_DEFAULT_ROWS = {
  own: {
    ...OWN,
    note: () => ({
      summary: "Files and directories that are given to a user before any service starts.",
      example: '{/config: "$(PUID:-1000):$(PGID:-1000)"}',
      detail: "As `own` of a service, once in the life of the container.",
    }),
  },
} as const;
