/**
 * Where all records meet: datagrams of /dev/log, lines of services, chaperone's own messages.
 *
 *     datagram → SyslogRecord → each route: selector → rate limit → each sink: room? → format
 *     line     → RoutedSource (routes chosen beforehand)      → rate limit → room? → format
 *
 * Nothing on this path waits, and a datagram costs neither a string nor an object. A record goes
 * into a sink's buffer at once; `flush` hands buffers on, once per event-loop turn. A sink's own
 * failure never comes back here.
 *
 * Before `open`, own messages go to the early sink as bare text, warnings and worse only
 * (chaperone 0.3.9); there is no other source by then.
 *
 * Full sinks. Where a section drops, the record is counted at the sink. Where it blocks, the record
 * is appended all the same, and whoever reads the source is told the sink to wait for. Own messages
 * have no reader to stop: they are appended up to a limit, then dropped and counted.
 *
 * No timers: `onPending` asks the owner to call `flush`, and then `expire` at `nextDeadlineMs`.
 */
import { shortName } from "../../base/service_name.ts";
import { parseFacility, parseSeverity, STREAM_PRIORITY } from "../../log/priorities.ts";
import { SyslogRecord } from "../../wire/syslog_record.ts";
import type { Journal, JournalEntry, JournalLevel } from "./journal.ts";
import { type CaptureContext, type CaptureOptions, LineCapture } from "./line_capture.ts";
import { LogRing } from "./log_ring.ts";
import { LogRoute, type RouteOutput, type RouteRequest, type RouteSettings } from "./log_route.ts";
import { OutputWatches } from "./output_watches.ts";
import { RouteTable } from "./route_table.ts";
import { RoutedSource } from "./routed_source.ts";
import type { Sink } from "../sinks/sink.ts";

/** Severity up to which messages are shown before there are routes: `warn`. */
const EARLY_SEVERITY = 4;

/** Sources of own messages that are remembered between messages. */
const OWN_SOURCES_MAX = 256;

/** `local5.warn`. */
const SUMMARY_PRIORITY = 21 * 8 + 4;

const encoder = new TextEncoder();

/** What the router needs once. */
export interface LogRouterOptions extends RouteSettings {
  /** chaperone's own tag and pid. */
  readonly program: string;
  readonly pid: number;
  /** Takes own messages until there are routes: chaperone's stderr. */
  readonly early: Sink;
  readonly lineMaxBytes: number;
  /** How much recent output is kept of each service. */
  readonly ringBytes: number;
  /** Wall clock, milliseconds since 1970, with fractions where known. */
  wallMs(): number;
  /**
   * Called when there is something to flush or a new deadline; once until the next `flush`.
   * The owner then calls `flush` in the same turn's end or the next, and looks at `nextDeadlineMs`.
   */
  onPending(): void;
}

/**
 * A stream of a service that is to be captured; the tag of its records is the name's first part.
 */
export interface StreamRequest extends CaptureOptions {
  /** Takes its lines in place of all routes: `inherit` where `console` is not plain. */
  readonly inheritTo?: Sink;
}

/** Counts since start, for metrics. */
export interface RouterCounts {
  /** Records that arrived in datagrams. */
  received: number;
  /** Format errors among them. */
  malformed: number;
  /** Records that rate limits kept back and summaries have told. */
  suppressed: number;
}

/** Takes records in and writes them to the sinks of the routes that select them. */
export class LogRouter implements Journal {
  readonly ring: LogRing;
  readonly watches = new OutputWatches();
  readonly counts: RouterCounts = { received: 0, malformed: 0, suppressed: 0 };

  readonly #options: LogRouterOptions;
  readonly #table: RouteTable;
  readonly #context: CaptureContext;
  readonly #record = new SyslogRecord();
  #sinks: Set<Sink>;
  /** Those that services write to without a route. */
  readonly #inherited = new Set<Sink>();
  #isOpen = false;
  /** Those that join lines, and so have deadlines. */
  readonly #joining = new Set<LineCapture>();
  readonly #ownSources = new Map<string, RoutedSource>();

  constructor(options: LogRouterOptions) {
    this.#options = options;
    this.#table = new RouteTable(() => options.wallMs(), () => options.onPending());
    this.#sinks = new Set([options.early]);
    this.ring = new LogRing(options.ringBytes);
    this.#context = {
      table: this.#table,
      ring: this.ring,
      watches: this.watches,
      lineMaxBytes: options.lineMaxBytes,
      nowMs: () => options.nowMs(),
      closed: (capture) => this.#joining.delete(capture),
    };
  }

  /**
   * Begins routing by these sections, in their order, instead of any before.
   * @throws {SelectorError} and changes nothing then.
   */
  open(requests: readonly RouteRequest[]): void {
    const routes = requests.map((request) => this.#createRoute(request));
    // Who was limited by the routes that go is told now or never.
    this.#tellSuppressed(Infinity);
    this.#table.setRoutes(routes);
    const named = requests.flatMap((request) => request.sinks);
    this.#sinks = new Set([this.#options.early, ...this.#inherited, ...named]);
    this.#isOpen = true;
  }

  /** Some sinks take other severities than before. */
  sinksChanged(): void {
    this.#table.rebind();
  }

  /** Applies `--log-level`, at run time too; `undefined` takes it back. */
  forceLevel(severity: number | undefined): void {
    this.#table.forceLevel(severity);
  }

  /**
   * Takes one datagram; several records in it are separated by NUL. Returns the sink to wait for
   * before more is received, or `undefined` where receiving goes on.
   */
  datagram(bytes: Uint8Array): Sink | undefined {
    this.#table.begin();
    const record = this.#record;
    let start = 0;
    while (start < bytes.length) {
      const nul = bytes.indexOf(0, start);
      const end = nul < 0 ? bytes.length : nul;
      if (record.parse(bytes, start, end)) {
        this.counts.received++;
        if (record.shape === "malformed") this.counts.malformed++;
        this.#routeRecord(record);
      }
      start = end + 1;
    }
    return this.#table.overfilled;
  }

  /** Writes a message of chaperone's own; one record for each of its lines. */
  write(entry: JournalEntry): void {
    const { service, text } = entry;
    this.#table.begin();
    if (service !== undefined) {
      const { clock } = this.#table;
      const source = { pid: this.#options.pid, stream: "chaperone", wallMs: clock.nowMs } as const;
      this.ring.append(service, source, encoder.encode(`${text}\n`));
    }
    if (!this.#isOpen) {
      this.#writeEarly(priorityOf(entry) & 7, text);
      return;
    }
    const routed = this.#ownSource(priorityOf(entry), service);
    // Most are debug messages that nobody takes.
    if (!routed.isTaken()) return;
    for (const line of text.split("\n")) writeText(routed, line.trimEnd());
  }

  takes(level: JournalLevel): boolean {
    if (!this.#isOpen) return true;
    return this.#ownSource(priorityOf({ level }), undefined).isTaken();
  }

  /**
   * Writes a message of chaperone's own to one sink, as its console looks, whatever the sections
   * select.
   */
  writeTo(sink: Sink, { level, text }: JournalEntry): void {
    this.#table.begin();
    if (this.#options.console === "plain") {
      const start = sink.buffer.length;
      sink.buffer.append(encoder.encode(`${text}\n`));
      return sink.recordAppended(start);
    }
    const { program, pid } = this.#options;
    const priority = priorityOf({ level });
    writeText(new RoutedSource({ priority, program, pid }, this.#table, this.#routeTo(sink)), text);
  }

  /** Begins to capture a stream of a service. */
  createStream(request: StreamRequest): LineCapture {
    const { pid, stream, inheritTo } = request;
    const service = shortName(request.service);
    const source = { priority: STREAM_PRIORITY[stream], program: service, pid, service, stream };
    if (inheritTo !== undefined) {
      this.#inherited.add(inheritTo);
      this.#sinks.add(inheritTo);
    }
    const onlyRoute = inheritTo === undefined ? undefined : this.#routeTo(inheritTo);
    const routed = new RoutedSource(source, this.#table, onlyRoute);
    const capture = new LineCapture(this.#context, routed, request);
    if (request.multiline !== false) this.#joining.add(capture);
    return capture;
  }

  /** Hands what is buffered to the system. */
  flush(): void {
    this.#table.noteFlushed();
    for (const sink of this.#sinks) {
      if (sink.buffer.length > 0) sink.flush();
    }
  }

  /** When `expire` has something to do, by the monotonic clock; `Infinity` where nothing is due. */
  get nextDeadlineMs(): number {
    let next = Infinity;
    for (const capture of this.#joining) next = Math.min(next, capture.nextDeadlineMs);
    for (const { limiter } of this.#table.routes) {
      if (limiter !== undefined) next = Math.min(next, limiter.nextDeadlineMs);
    }
    return next;
  }

  /** Does what was due by `nowMs`: joined lines are written, suppressed records told. */
  expire(nowMs: number): void {
    this.#table.begin();
    for (const capture of this.#joining) capture.expire(nowMs);
    this.#tellSuppressed(nowMs);
  }

  #tellSuppressed(nowMs: number): void {
    for (const route of this.#table.routes) {
      for (const { program, count } of route.limiter?.takeSuppressed(nowMs) ?? []) {
        this.counts.suppressed += count;
        const { program: own, pid } = this.#options;
        const source = { priority: SUMMARY_PRIORITY, program: own, pid };
        const messages = count === 1 ? "message" : "messages";
        const text = `rate limit: suppressed ${count} ${messages} of ${program || "no program"}`;
        writeText(new RoutedSource(source, this.#table, route), text);
      }
    }
  }

  #routeRecord(record: SyslogRecord): void {
    const table = this.#table;
    const routes = table.routes;
    for (let i = 0; i < routes.length; i++) {
      const route = routes[i] as LogRoute;
      if (!route.selector.matches(record)) continue;
      if (!route.admitsProgram(record.bytes, record.tagStart, record.tagEnd)) {
        table.noteWork();
        continue;
      }
      const outputs = route.outputs;
      for (let k = 0; k < outputs.length; k++) {
        const { sink, format } = outputs[k] as RouteOutput;
        if ((record.priority & 7) > sink.mostSeverity) {
          sink.withheld(1);
          continue;
        }
        if (!sink.hasRoom && !table.admit(route, sink, false)) continue;
        const start = sink.buffer.length;
        format.appendRecord(sink.buffer, record);
        sink.recordAppended(start);
        table.noteWork();
      }
    }
  }

  /** A way to one sink that no section selects for. */
  #routeTo(sink: Sink): LogRoute {
    return this.#createRoute({
      config: { name: "inherit", selector: "", format: "text", extended: false, whenFull: "block" },
      sinks: [sink],
    });
  }

  #createRoute(request: RouteRequest): LogRoute {
    return new LogRoute(request, this.#options, this.#table.clock);
  }

  #writeEarly(severity: number, text: string): void {
    if (severity > (this.#table.forcedSeverity ?? EARLY_SEVERITY)) return;
    const { buffer } = this.#options.early;
    const start = buffer.length;
    buffer.append(encoder.encode(`${text}\n`));
    this.#options.early.recordAppended(start);
    this.#table.noteWork();
  }

  #ownSource(priority: number, service: string | undefined): RoutedSource {
    const key = `${priority} ${service ?? ""}`;
    const known = this.#ownSources.get(key);
    if (known !== undefined) return known;
    if (this.#ownSources.size >= OWN_SOURCES_MAX) this.#ownSources.clear();
    const { program, pid } = this.#options;
    const source = {
      priority,
      program,
      pid,
      ...(service === undefined ? {} : { service: shortName(service) }),
    };
    const routed = new RoutedSource(source, this.#table);
    this.#ownSources.set(key, routed);
    return routed;
  }
}

/** Returns the priority of a message of chaperone's own. */
function priorityOf(
  { level, facility = "local5" }: Pick<JournalEntry, "level" | "facility">,
): number {
  return (parseFacility(facility) as number) * 8 + (parseSeverity(level) as number);
}

function writeText(routed: RoutedSource, text: string): void {
  const bytes = encoder.encode(text);
  if (bytes.length > 0) routed.writeLine(bytes, 0, bytes.length, true);
}
