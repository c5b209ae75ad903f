/** One logging section at run time: its selector, its rate limit, its format for each sink. */
import type { LoggingConfig } from "../../config/model.ts";
import { ConsoleFormat, ConsoleJsonFormat, PrefixFormat } from "../../log/console_format.ts";
import type { FormatOptions, RecordFormat } from "../../log/format.ts";
import { JsonFormat } from "../../log/json_format.ts";
import { TextFormat } from "../../log/line_format.ts";
import { RateLimiter } from "../../log/rate_limit.ts";
import { Rfc5424Format } from "../../log/rfc5424_format.ts";
import { parseSelector, Selector, type SelectorSpecs } from "../../log/selector.ts";
import type { LogClock } from "../../log/timestamp.ts";
import type { Sink } from "../sinks/sink.ts";

/** What of a logging section the router needs. */
export type RouteConfig = Pick<
  LoggingConfig,
  "name" | "selector" | "format" | "extended" | "logrecHostname" | "whenFull" | "rateLimit"
>;

/** A logging section and the sinks that its destinations stand for. */
export interface RouteRequest {
  readonly config: RouteConfig;
  readonly sinks: readonly Sink[];
}

/** What all routes have in common. */
export interface RouteSettings {
  readonly hostname: string;
  /** `settings.console`: for console sinks it overrides the format of the section. */
  readonly console: "plain" | "prefix" | "json";
  /** Whether a console sink is a terminal on which colours are wanted. */
  hasColour(sink: Sink): boolean;
  /** Monotonic clock, read only for routes with a rate limit. */
  nowMs(): number;
}

/** One way out of a route. */
export interface RouteOutput {
  readonly sink: Sink;
  readonly format: RecordFormat;
}

/** A logging section at run time. */
export class LogRoute {
  readonly config: RouteConfig;
  readonly outputs: readonly RouteOutput[];
  /** Replaced when the forced level changes. */
  selector: Selector;
  readonly limiter: RateLimiter | undefined;

  readonly #specs: SelectorSpecs;
  readonly #settings: RouteSettings;

  /** @throws {SelectorError} */
  constructor(request: RouteRequest, settings: RouteSettings, clock: LogClock) {
    this.config = request.config;
    this.#settings = settings;
    this.#specs = parseSelector(request.config.selector);
    this.selector = new Selector(this.#specs);
    const limit = request.config.rateLimit;
    this.limiter = limit === undefined ? undefined : new RateLimiter(limit);
    this.outputs = request.sinks.map((sink) => ({
      sink,
      format: createFormat(request.config, sink, settings, clock),
    }));
  }

  /** Applies `--log-level`; `undefined` takes it back. */
  forceLevel(severity: number | undefined): void {
    this.selector = new Selector(this.#specs, severity);
  }

  /** Tells whether the rate limit lets one more record of a program through, and counts it. */
  admitsProgram(bytes: Uint8Array, start: number, end: number): boolean {
    return this.limiter === undefined ||
      this.limiter.admit(bytes, start, end, this.#settings.nowMs());
  }
}

/** Makes the format in which a section writes to a sink. */
export function createFormat(
  config: RouteConfig,
  sink: Sink,
  settings: RouteSettings,
  clock: LogClock,
): RecordFormat {
  const options: FormatOptions = {
    hostname: settings.hostname,
    ...(config.logrecHostname === undefined ? {} : { logrecHostname: config.logrecHostname }),
    extended: config.extended,
    remote: sink.kind === "remote",
  };
  if (sink.createFormat !== undefined) return sink.createFormat(options, clock);
  if (sink.kind !== "console") return createPlainFormat(config.format, options, clock);
  const format = settings.console === "plain"
    ? createPlainFormat(config.format, options, clock)
    : settings.console === "prefix"
    ? new PrefixFormat()
    : new ConsoleJsonFormat(options, clock);
  const isText = settings.console === "prefix" ||
    (settings.console === "plain" && config.format === "text");
  return new ConsoleFormat(format, { colour: isText && settings.hasColour(sink) });
}

function createPlainFormat(
  name: LoggingConfig["format"],
  options: FormatOptions,
  clock: LogClock,
): RecordFormat {
  switch (name) {
    case "text":
      return new TextFormat(options, clock);
    case "json":
      return new JsonFormat(options, clock);
    case "rfc5424":
      return new Rfc5424Format(options, clock);
  }
}
