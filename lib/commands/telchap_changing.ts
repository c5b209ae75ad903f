/** Commands that change what there is: the configuration, the binary, services that no file has. */
import {
  type CommandSpec,
  flag,
  GROUP,
  JSON_OUTPUT,
  MANY,
  NOTHING,
  SOME_SERVICES,
} from "./command_spec.ts";

/** In the order in which help lists them. */
export const CHANGING_COMMANDS = [
  {
    name: "diff",
    access: "write",
    options: [JSON_OUTPUT],
    ...NOTHING,
    help: "Reload the configuration and show what apply would change; fails if apply " +
      "would be refused.",
    example: "telchap diff",
  },
  {
    name: "apply",
    access: "write",
    options: [{
      name: "timeout",
      argument: "TIME",
      group: GROUP,
      help: "How long services may take to be ready, in all: 30s, 2m.",
    }, JSON_OUTPUT],
    ...NOTHING,
    help: "Reload the configuration and apply it, all of it or nothing.",
    example: "telchap apply --timeout 2m",
  },
  {
    name: "reexec",
    access: "write",
    options: [flag("last", "Only tell how the last time went."), JSON_OUTPUT],
    ...NOTHING,
    help: "Make chaperone execute its binary again, perhaps a new version; services keep running.",
    example: "telchap reexec",
  },
  {
    name: "exec",
    access: "write",
    options: [],
    operands: "<servname> -- <command> ...",
    operandKind: "service",
    laterKind: "file",
    takesCommand: true,
    minOperands: 2,
    maxOperands: MANY,
    help:
      "Run a command as a service runs: its user, groups, environment, directory, limits, sandbox. " +
      "It gets a terminal where this is one, ends with the service, and its exit status is " +
      "telchap's. Only root may, and who owns the control socket for services of that user.",
    example: "telchap exec web -- sh",
  },
  {
    name: "launch",
    access: "write",
    options: [
      { name: "name", argument: "NAME", group: GROUP, help: "What it is called; required." },
      {
        name: "restart",
        argument: "WHEN",
        values: ["never", "on-failure", "always"],
        group: GROUP,
        help: "Whether it is started again when it ends; by default never.",
      },
      { name: "uid", argument: "USER", group: GROUP, help: "Whom it runs as." },
      { name: "gid", argument: "GROUP", group: GROUP, help: "And with which group." },
      { name: "directory", argument: "DIR", group: GROUP, help: "Where it runs." },
      {
        name: "env",
        argument: "NAME=VALUE",
        isRepeatable: true,
        group: GROUP,
        help: "A variable; may be given again.",
      },
      {
        name: "ready",
        argument: "PROBE",
        group: GROUP,
        help: "When it is ready: log=/PATTERN/, tcp=PORT, http=URL, file=PATH.",
      },
      flag("keep", "Launch it again whenever the container starts; needs a state_dir."),
      JSON_OUTPUT,
    ],
    operands: "-- <command> ...",
    takesCommand: true,
    minOperands: 1,
    maxOperands: MANY,
    help:
      "Start a service that is not configured; it is one in all else until it is forgotten. As " +
      "another user than one's own only root may.",
    example: "telchap launch --name agent --restart always -- agent --port 7000",
  },
  {
    name: "forget",
    access: "write",
    options: [JSON_OUTPUT],
    ...SOME_SERVICES,
    help: "Stop launched services, and forget them, kept ones too.",
    example: "telchap forget agent",
  },
] as const satisfies readonly CommandSpec[];
