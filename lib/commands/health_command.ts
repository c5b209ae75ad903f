/** The command line of `chaperone health`. */
import { parseDuration } from "../base/duration.ts";
import { type HttpTarget, parseHttpTarget } from "../config/http_place.ts";
import {
  formatExamples,
  formatOptions,
  formatUsage,
  HELP_OPTION,
  type OptionSpec,
  wrapHelp,
} from "./options.ts";
import { beginLine, type LineAnswer, refuseLine } from "./program_line.ts";

/** Every option of `chaperone health`. */
export const HEALTH_OPTIONS = [
  {
    name: "config",
    argument: "FILE-OR-DIR",
    group: "Options",
    help:
      "The configuration whose http setting is asked. The default is what _CHAP_OPTIONS says, " +
      "else /etc/chaperone.d.",
  },
  { name: "timeout", argument: "TIME", group: "Options", help: "How long to wait. Default: 3." },
  { name: "quiet", letter: "q", group: "Options", help: "Print nothing where all is well." },
  { ...HELP_OPTION, group: "Options" },
] as const satisfies readonly OptionSpec[];

/** What a line asks for. */
export type HealthCommand =
  | {
    readonly kind: "ask";
    /** Absent: where the configuration says. */
    readonly target?: HttpTarget;
    readonly config?: string;
    readonly timeoutMs: number;
    readonly quiet: boolean;
  }
  | LineAnswer;

/** How the health check is called. */
export const HEALTH_SYNOPSIS = [
  "chaperone health [options] [URL | HOST:PORT | unix:PATH]",
  "chaperone-health [options] [URL | HOST:PORT | unix:PATH]",
];

const DEFAULT_TIMEOUT_MS = 3000;

/** Parses the arguments of health. */
export function parseHealth(args: readonly string[]): HealthCommand {
  const line = beginLine(args, {
    options: HEALTH_OPTIONS,
    placement: "anywhere",
    synopsis: HEALTH_SYNOPSIS,
    formatHelp,
  });
  if (line.kind !== "begun") return line;
  const { values, operands: [place, ...more] } = line;
  if (more.length > 0) return refuse("");
  const target = place === undefined ? undefined : parseHttpTarget(place);
  if (place !== undefined && target === undefined) {
    return refuse(`error: '${place}' is no http URL, HOST:PORT or unix:PATH`);
  }
  const timeoutMs = values.timeout === undefined
    ? DEFAULT_TIMEOUT_MS
    : Math.round(parseDuration(values.timeout) ?? 0);
  if (timeoutMs === 0) {
    return refuse(`error: --timeout takes a time such as 3 or 500ms, not '${values.timeout}'`);
  }
  return {
    kind: "ask",
    ...(target === undefined ? {} : { target }),
    ...(values.config === undefined ? {} : { config: values.config }),
    timeoutMs,
    quiet: values.quiet ?? false,
  };
}

function refuse(reason: string): LineAnswer {
  return refuseLine(reason, HEALTH_SYNOPSIS);
}

function formatHelp(): string[] {
  return [
    ...wrapHelp(
      "Asks the status server of a running chaperone whether the container is ready. Exits with " +
        "0 if so, else with 1: made for HEALTHCHECK and exec probes in images without a shell.",
    ),
    "",
    ...formatUsage(HEALTH_SYNOPSIS),
    "",
    ...formatOptions(HEALTH_OPTIONS),
    "",
    ...formatExamples("chaperone health", "chaperone health --timeout 5s 127.0.0.1:9100"),
  ];
}
