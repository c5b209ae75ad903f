/**
 * A source whose records all have the same priority and program, bound to the outputs that take
 * them. What selectors say of it is worked out once per configuration and forced level; only a
 * section that looks at the text is asked again for each line.
 */
import type { KnownSource, LineRange, LineWriter } from "../../log/format.ts";
import { DEPENDS, LEAVE, TAKE, type Verdict } from "../../log/selector.ts";
import type { LogRoute } from "./log_route.ts";
import type { RouteTable } from "./route_table.ts";
import type { Sink } from "../sinks/sink.ts";

interface Output {
  readonly sink: Sink;
  readonly writer: LineWriter;
}

interface Target {
  readonly route: LogRoute;
  readonly needsText: boolean;
  readonly outputs: readonly Output[];
  /** Those that take no record of this severity at present. */
  readonly withholding: readonly Sink[];
}

/** Fewer lines are written one by one. */
const BLOCK_LINES_MIN = 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Writes lines of one source to every output that takes them. */
export class RoutedSource {
  readonly source: KnownSource;
  readonly #table: RouteTable;
  /** Takes every line, whatever its selector and rate limit; other routes get none. */
  readonly #onlyRoute: LogRoute | undefined;
  readonly #isOwn: boolean;
  /** Its program as rate limits know it; made when one asks. */
  #program: Uint8Array | undefined;
  /** The same source by severity, for lines that state one; most state none. */
  #variants: (RoutedSource | undefined)[] | undefined;
  #generation = -1;
  #targets: readonly Target[] = [];
  /** No output asks anything of single lines, and no two go to the same place. */
  #takesBlocks = false;

  constructor(source: KnownSource, table: RouteTable, onlyRoute?: LogRoute) {
    this.source = source;
    this.#table = table;
    this.#onlyRoute = onlyRoute;
    this.#isOwn = source.stream === undefined;
  }

  /** Whether any output may take what it writes; some look at the text first. */
  isTaken(): boolean {
    if (this.#generation !== this.#table.generation) this.#bind();
    return this.#targets.length > 0;
  }

  /** Writes one record, see `LineWriter.appendLine`. */
  writeLine(bytes: Uint8Array, start: number, end: number, escaped: boolean): void {
    const table = this.#table;
    if (this.#generation !== table.generation) this.#bind();
    const targets = this.#targets;
    for (let i = 0; i < targets.length; i++) {
      const { route, needsText, outputs, withholding } = targets[i] as Target;
      if (needsText && !this.#matches(route, bytes, start, end)) continue;
      if (route.limiter !== undefined && !this.#isAdmitted(route)) {
        table.noteWork();
        continue;
      }
      for (let k = 0; k < outputs.length; k++) {
        const { sink, writer } = outputs[k] as Output;
        if (!sink.hasRoom && !table.admit(route, sink, this.#isOwn)) continue;
        const at = sink.buffer.length;
        writer.appendLine(sink.buffer, bytes, start, end, escaped);
        sink.recordAppended(at);
        table.noteWork();
      }
      for (let k = 0; k < withholding.length; k++) (withholding[k] as Sink).withheld(1);
    }
  }

  /** Writes a record for each line of a range, as `writeLine` with nothing escaped would. */
  writeLines(bytes: Uint8Array, range: LineRange): void {
    if (this.#generation !== this.#table.generation) this.#bind();
    const isShort = range.to - range.from < BLOCK_LINES_MIN;
    if (isShort || !this.#takesBlocks || !this.#haveRoom(range)) {
      return this.#writeEach(bytes, range);
    }
    for (const { route, outputs } of this.#targets) {
      for (const { sink, writer } of outputs) {
        writer.block?.appendLines(sink.buffer, bytes, range);
        if (!sink.hasRoom && this.#waitsFor(route)) this.#table.admit(route, sink, this.#isOwn);
        this.#table.noteWork();
      }
    }
  }

  #writeEach(bytes: Uint8Array, { block, from, to }: LineRange): void {
    for (let i = from; i < to; i++) {
      this.writeLine(bytes, block.starts[i] as number, block.ends[i] as number, false);
    }
  }

  #haveRoom({ block, from, to }: LineRange): boolean {
    const textBytes = (block.ends[to - 1] as number) - (block.starts[from] as number);
    return this.#targets.every(({ route, outputs }) =>
      outputs.every(({ sink, writer }) => {
        const sizeBytes = textBytes + (to - from) * (writer.block?.frameBytes ?? Infinity);
        return sink.takesAtOnce(sizeBytes, this.#waitsFor(route));
      })
    );
  }

  /** Whether who reads the source waits until a full sink has room again. */
  #waitsFor(route: LogRoute): boolean {
    return route.config.whenFull === "block" && !this.#isOwn;
  }

  /** The same source at another severity of its facility. */
  withSeverity(severity: number): RoutedSource {
    const priority = (this.source.priority & ~7) | severity;
    if (priority === this.source.priority) return this;
    this.#variants ??= new Array(8).fill(undefined);
    return this.#variants[severity] ??= new RoutedSource(
      { ...this.source, priority },
      this.#table,
      this.#onlyRoute,
    );
  }

  #bind(): void {
    this.#generation = this.#table.generation;
    const routes = this.#onlyRoute === undefined ? this.#table.routes : [this.#onlyRoute];
    this.#targets = routes.flatMap((route) => {
      const verdict = this.#verdictOf(route);
      if (verdict === LEAVE) return [];
      const severity = this.source.priority & 7;
      const takes = ({ sink }: { readonly sink: Sink }) => severity <= sink.mostSeverity;
      const outputs = route.outputs.filter(takes).map(({ sink, format }) => ({
        sink,
        writer: format.createLineWriter(this.source),
      }));
      const withholding = route.outputs.filter((output) => !takes(output)).map(({ sink }) => sink);
      return [{ route, needsText: verdict === DEPENDS, outputs, withholding }];
    });
    const outputs = this.#targets.flatMap((target) => target.outputs);
    this.#takesBlocks = new Set(outputs.map(({ sink }) => sink)).size === outputs.length &&
      outputs.every(({ writer }) => writer.block !== undefined) &&
      this.#targets.every(({ route, needsText, withholding }) =>
        !needsText && route.limiter === undefined && withholding.length === 0
      );
  }

  #verdictOf(route: LogRoute): Verdict {
    if (this.#onlyRoute !== undefined) return TAKE;
    return route.selector.verdictForProgram(this.source.priority, this.source.program);
  }

  #isAdmitted(route: LogRoute): boolean {
    if (this.#onlyRoute !== undefined) return true;
    this.#program ??= encoder.encode(this.source.program);
    return route.admitsProgram(this.#program, 0, this.#program.length);
  }

  #matches(route: LogRoute, bytes: Uint8Array, start: number, end: number): boolean {
    const { priority, program, pid } = this.source;
    return route.selector.matches({
      priority,
      programIs: (name) => decoder.decode(name) === program.toLowerCase(),
      // As it would have arrived on /dev/log, since patterns may look at the header.
      rawText: () => {
        const date = decoder.decode(this.#table.clock.classicNow());
        const text = decoder.decode(bytes.subarray(start, end));
        return `<${priority}>${date} ${program}[${pid}]: ${text}`;
      },
    });
  }
}
