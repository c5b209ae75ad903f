/**
 * All destinations of a configuration. Sections that name the same one share its sink, so that each
 * file has one descriptor and one order of lines (D-23 lets every section format its own); what
 * concerns the destination itself (owner, overwrite, rotation, queue) comes from the first section
 * that names it, as in chaperone 0.3.9.
 */
import { SystemError } from "../../base/errors.ts";
import type { LoggingConfig } from "../../config/model.ts";
import type { RemoteAddress } from "../../config/remote_address.ts";
import type { LogOs } from "../../door/log_os.ts";
import { BufferedSink } from "./buffered_sink.ts";
import { createConsoleSink } from "./console_sink.ts";
import { DatagramOutlet } from "./datagram_remote_sink.ts";
import { DiskReserve } from "./disk_reserve.ts";
import { FileOutlet } from "./file_sink.ts";
import { LogDisk } from "./log_disk.ts";
import type { Outlet } from "./outlet.ts";
import type { RotationPolicy } from "./rotation.ts";
import { StreamOutlet } from "./stream_remote_sink.ts";

export interface SinkSetOptions {
  readonly os: LogOs;
  /** Expands a file template to an absolute path. */
  readonly expandPath: (template: string, wallMs: number) => string;
  /** Tells a failure or its end through outputs other than `about`. */
  readonly report: (text: string, about: BufferedSink) => void;
  /** Tells what became of old files and of the disk, through all outputs. */
  readonly tell: (level: "info" | "warn", text: string) => void;
  /** Called when what sinks take has changed. */
  readonly changed: () => void;
  readonly limits: DiskLimits;
  /** Another incarnation has written to the files: none is emptied. */
  readonly goesOn?: boolean;
}

/** What all log files may take, and leave; absent: as much as there is, and nothing. */
export interface DiskLimits {
  readonly logDiskMaxBytes?: number;
  readonly logDiskReserveBytes?: number;
}

/** Makes a way to a remote host; `caFile` adds authorities that its certificate may be of. */
export type OutletMaker = (address: RemoteAddress, caFile?: string) => Outlet;

/** What destinations have not been given; each begins with a record, or goes on with one. */
export interface SinksHandover {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly named: readonly (readonly [string, Uint8Array])[];
}

/** The file of a section that could not be opened. */
export interface UnopenedFile {
  readonly section: LoggingConfig;
  readonly error: SystemError;
}

interface Destination {
  readonly sink: BufferedSink;
  /** What the section that came first says of the destination itself. */
  readonly shape: string;
}

/** The sinks of other sections, opened and not yet in force. */
export interface SinkRenewal {
  /** For each section its sinks. */
  readonly sinks: readonly (readonly BufferedSink[])[];
  /** Puts them in force: the others are written out and closed. */
  commit(): void;
  /** Closes those that were opened for it. */
  abandon(): void;
}

/** How long a destination that is named no longer may take to write out what is left. */
const RETIRE_MS = 5000;

/** Creates, shares and ends sinks. */
export class SinkSet {
  /** chaperone's own streams; there before any section is. */
  readonly stdout: BufferedSink;
  readonly stderr: BufferedSink;

  readonly #options: SinkSetOptions;
  readonly #disk: LogDisk;
  readonly #reserve: DiskReserve;
  #otlp: OutletMaker | undefined;
  #byKey = new Map<string, Destination>();
  /** While other sections are opened: what is open for the present ones. */
  #former: ReadonlyMap<string, Destination> | undefined;
  #unopened: UnopenedFile[] = [];
  /** Named no longer, and not yet written out. */
  readonly #retired = new Set<BufferedSink>();

  constructor(options: SinkSetOptions) {
    this.#options = options;
    const { os, report, tell, changed, limits } = options;
    this.#disk = new LogDisk({ maxBytes: limits.logDiskMaxBytes, tell });
    const reserveBytes = limits.logDiskReserveBytes;
    this.#reserve = new DiskReserve({ reserveBytes, time: os.time, tell, changed });
    this.stdout = createConsoleSink("stdout", os.stdout, os.time, report);
    this.stderr = createConsoleSink("stderr", os.stderr, os.time, report);
  }

  /** Puts other limits in force. */
  limit({ logDiskMaxBytes, logDiskReserveBytes }: DiskLimits): void {
    this.#disk.maxBytes = logDiskMaxBytes;
    this.#reserve.reserveBytes = logDiskReserveBytes;
    this.#disk.look();
  }

  /** Makes ways to collectors of OpenTelemetry, which only some configurations name, from now on. */
  useOtlp(create: OutletMaker): void {
    this.#otlp = create;
  }

  /** Returns, once, which files could not be opened; they are tried again. */
  takeUnopened(): readonly UnopenedFile[] {
    const unopened = this.#unopened;
    this.#unopened = [];
    return unopened;
  }

  /** Every sink, for metrics. */
  get all(): readonly BufferedSink[] {
    return [this.stdout, this.stderr, ...this.#named(), ...this.#retired];
  }

  /**
   * Returns the sinks of an enabled section, in the order stdout, stderr, file, host; opens its
   * file.
   * @throws {SystemError} where the file cannot be opened and is `required`.
   */
  sinksOf(section: LoggingConfig): BufferedSink[] {
    const sinks: BufferedSink[] = [];
    if (section.stdout) sinks.push(this.stdout);
    if (section.stderr) sinks.push(this.stderr);
    if (section.file !== undefined) sinks.push(this.#fileSink(section, section.file));
    if (section.syslogHost !== undefined) sinks.push(this.#hostSink(section, section.syslogHost));
    return sinks;
  }

  /**
   * Opens what other sections name; a destination that is open and wanted as it is goes on. Nothing
   * that is open is touched before `commit`.
   * @throws as `sinksOf`, with nothing left open.
   */
  renew(sections: readonly LoggingConfig[]): SinkRenewal {
    const present = this.#byKey;
    const next = new Map<string, Destination>();
    const abandon = () => closeAllBut(next, present);
    this.#byKey = next;
    this.#former = present;
    try {
      const sinks = sections.map((section) => this.sinksOf(section));
      return { sinks, commit: () => this.#commit(next), abandon };
    } catch (error) {
      abandon();
      throw error;
    } finally {
      this.#byKey = present;
      this.#former = undefined;
    }
  }

  #commit(next: Map<string, Destination>): void {
    const wanted = new Set(next.values());
    const leaving = [...this.#byKey.values()].filter((destination) => !wanted.has(destination));
    this.#byKey = next;
    for (const { sink } of leaving) {
      this.#retired.add(sink);
      void sink.drain(RETIRE_MS).then(() => {
        sink.close();
        this.#retired.delete(sink);
      });
    }
  }

  /** Opens all files anew and connects to all hosts anew. */
  reopen(): void {
    for (const { sink } of this.#byKey.values()) sink.reopen();
  }

  /** Begins no write until `release`; settles once none is under way, or after `limitMs`. */
  async hold(limitMs: number): Promise<void> {
    await Promise.all(this.all.map((sink) => sink.hold(limitMs)));
  }

  release(): void {
    for (const sink of this.all) sink.release();
  }

  /** Gives back what a burst has made the buffers grow to, of those that are empty. */
  shrink(): void {
    for (const sink of this.all) sink.shrink();
  }

  /** What has not been written, for another incarnation. */
  handOver(): SinksHandover {
    return {
      stdout: this.stdout.handOver(),
      stderr: this.stderr.handOver(),
      named: [...this.#byKey].map(([key, { sink }]) => [key, sink.handOver()]),
    };
  }

  /**
   * Writes first what another incarnation has not written; destinations are open by now.
   */
  takeOver({ stdout, stderr, named }: SinksHandover): void {
    this.stdout.takeOver(stdout);
    this.stderr.takeOver(stderr);
    for (const [key, bytes] of named) this.#byKey.get(key)?.sink.takeOver(bytes);
  }

  /** Writes out what is buffered, for `limitMs` at most. */
  async drain(limitMs: number): Promise<void> {
    await Promise.all(this.all.map((sink) => sink.drain(limitMs)));
  }

  /** Ends those that are behind, but for the console: the others report now what they lose. */
  giveUpBehind(): void {
    for (const sink of [...this.#named(), ...this.#retired]) if (sink.isBehind) sink.close();
  }

  /**
   * Ends all destinations but the console, which takes the last messages. What they report goes to
   * sinks that are still open.
   */
  close(): void {
    for (const sink of [...this.#named(), ...this.#retired]) sink.close();
    this.#byKey.clear();
  }

  #named(): BufferedSink[] {
    return [...this.#byKey.values()].map(({ sink }) => sink);
  }

  #fileSink(section: LoggingConfig, template: string): BufferedSink {
    const shape = shapeOf(section);
    const known = this.#known(template, shape);
    if (known !== undefined) return known;
    const { os, expandPath, report, goesOn } = this.#options;
    const rotation = rotationOf(section);
    const outlet = new FileOutlet({
      template,
      pathAt: (wallMs) => expandPath(template, wallMs),
      // What another configuration goes on with is not emptied for it.
      overwrite: section.overwrite && !goesOn && !this.#former?.has(template),
      ...(section.identity === undefined ? {} : { owner: section.identity }),
      ...(rotation === undefined ? {} : { rotation }),
      files: os.files,
      time: os.time,
      report: (text) => report(text, sink),
      disk: this.#disk,
      reserve: this.#reserve,
    });
    const sink = this.#createSink(section, "line", outlet);
    // Nothing ends for it when services run already: it is tried again at the first record.
    if (!goesOn) this.#openFile(outlet, sink, section);
    this.#byKey.set(template, { sink, shape });
    return sink;
  }

  #openFile(outlet: FileOutlet, sink: BufferedSink, section: LoggingConfig): void {
    try {
      outlet.open();
    } catch (error) {
      // A change of the configuration is refused as a whole.
      const isFatal = section.required || this.#former !== undefined;
      if (!(error instanceof SystemError) || isFatal) throw error;
      sink.openLater(error);
      this.#unopened.push({ section, error });
    }
  }

  #hostSink(section: LoggingConfig, address: RemoteAddress): BufferedSink {
    const key = `${address.transport}://${address.host} ${address.port}${address.path ?? ""}`;
    const shape = shapeOf(section);
    const known = this.#known(key, shape);
    if (known !== undefined) return known;
    const sink = this.#createSink(section, "remote", this.#outletTo(address, section.tlsCaFile));
    this.#byKey.set(key, { sink, shape });
    return sink;
  }

  #outletTo(address: RemoteAddress, tlsCaFile: string | undefined): Outlet {
    const { time, network } = this.#options.os;
    switch (address.transport) {
      case "udp":
        return new DatagramOutlet(address, network, time);
      case "tcp":
      case "tls": {
        const caFile = tlsCaFile === undefined ? {} : { caFile: tlsCaFile };
        return new StreamOutlet({ address, network, time, ...caFile });
      }
      case "otlp+http":
      case "otlp+https":
        if (this.#otlp === undefined) throw new Error("what posts to collectors is not loaded");
        return this.#otlp(address, tlsCaFile);
    }
  }

  /** The first section that names a destination decides on its shape. */
  #known(key: string, shape: string): BufferedSink | undefined {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known.sink;
    const former = this.#former?.get(key);
    if (former?.shape !== shape) return undefined;
    this.#byKey.set(key, former);
    return former.sink;
  }

  #createSink(
    section: LoggingConfig,
    kind: "line" | "remote",
    outlet: Outlet,
  ): BufferedSink {
    return new BufferedSink({
      kind,
      outlet,
      time: this.#options.os.time,
      capacityBytes: section.queueSizeBytes,
      // A peer that hangs must not stop the services whose records it is sent.
      dropsWhenFull: kind === "remote",
      report: this.#options.report,
    });
  }
}

function closeAllBut(
  destinations: ReadonlyMap<string, Destination>,
  others: ReadonlyMap<string, Destination>,
): void {
  const spared = new Set(others.values());
  for (const destination of destinations.values()) {
    if (!spared.has(destination)) destination.sink.close();
  }
}

function shapeOf(section: LoggingConfig): string {
  const { overwrite, identity, queueSizeBytes, tlsCaFile } = section;
  return JSON.stringify([overwrite, identity, rotationOf(section), queueSizeBytes, tlsCaFile]);
}

function rotationOf(section: LoggingConfig): RotationPolicy | undefined {
  const { rotateSizeBytes, rotateEvery, rotateKeep, rotateCompress } = section;
  if (rotateSizeBytes === undefined && rotateEvery === undefined) return undefined;
  return {
    ...(rotateSizeBytes === undefined ? {} : { sizeBytes: rotateSizeBytes }),
    ...(rotateEvery === undefined ? {} : { every: rotateEvery }),
    keep: rotateKeep,
    compress: rotateCompress,
  };
}
