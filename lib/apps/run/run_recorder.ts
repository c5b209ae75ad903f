/**
 * Joins the flight recorder to the directory in which it keeps what it notes. Imported by
 * run_parts.ts where there is one.
 */
import { decodeBytes } from "../../base/byte_text.ts";
import { SystemError } from "../../base/errors.ts";
import { textHash } from "../../base/text_hash.ts";
import type { LoadRecord } from "../../config/load_record.ts";
import type { Logging } from "../../daemon/logging/logging.ts";
import { type FlightIdentity, FlightRecorder } from "../../daemon/recorder/flight_recorder.ts";
import { FLIGHT_FILES, readFlight } from "../../daemon/recorder/flight_files.ts";
import {
  KEPT_FILE,
  KEPT_MOST_BYTES,
  type RecorderView,
} from "../../daemon/recorder/recorder_view.ts";
import { StateJournal, type StateJournalParts } from "../../daemon/recorder/state_journal.ts";
import { RUN_FILES, RUN_FILES_BYTES, type RunFile } from "../../daemon/triggers/run_file.ts";
import { SCHEDULE_FILES, ScheduleBook } from "../../daemon/triggers/schedule_book.ts";
import type { ServiceHistory } from "../../daemon/services/service_history.ts";
import type { Supervisor } from "../../daemon/services/supervisor.ts";
import type { ApplyOutcome } from "../../daemon/container/config_applier.ts";
import type { ConfigDiff } from "../../config/config_diff.ts";
import type { ShutdownCause } from "../../service/ending/exit_causes.ts";
import { listChanges } from "../../service/flight/config_changes.ts";
import type { StateDirectory } from "../../door/state_os.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { memoryLimitBytes, memoryUsedBytes } from "../../sys/processes/control_group.ts";
import { hostName } from "../../sys/self/program.ts";
import { DEFAULT_STATE_DIR, openStateDirectory } from "../../sys/state/state_directory.ts";
import type { RunRequest } from "./run_request.ts";

/** What the recorder needs of the rest. */
export interface RecorderParts {
  readonly os: OwnedOs;
  readonly logging: Logging;
  readonly supervisor: Supervisor;
  readonly history: ServiceHistory;
  /** What the configuration in force was loaded from. */
  readonly record: () => LoadRecord;
}

/** A line a run; the head of a new file holds one for each schedule. */
const SCHEDULES_BYTES = 512 * 1024;

/** How long the end of the container waits for the last record. */
const LAST_WRITE_MS = 500;

/** The recorder with its place. */
export class RecorderWiring implements RecorderView {
  readonly recorder: FlightRecorder;
  readonly #parts: RecorderParts;
  readonly #request: RunRequest;
  readonly #isContinued: boolean;
  #directory: StateDirectory | undefined;
  #journal: StateJournal | undefined;
  #problem: string | undefined;
  readonly #opened = Promise.withResolvers<void>();
  #book: Promise<ScheduleBook | undefined> | undefined;
  #runs: StateJournal | undefined;

  constructor(request: RunRequest, parts: RecorderParts) {
    const { os, supervisor, history, logging, record } = parts;
    this.#request = request;
    this.#parts = parts;
    const left = request.handover?.life;
    this.#isContinued = left !== undefined;
    this.recorder = new FlightRecorder({
      supervisor,
      history,
      ring: logging.router.ring,
      os,
      memory: () => defined({ usedBytes: memoryUsedBytes(), limitBytes: memoryLimitBytes() }),
      version: request.version,
      host: hostName(),
      configHash: () => textHash(JSON.stringify(record().texts)),
      life: left ?? newLife(os),
    });
  }

  /** What is remembered of schedules; undefined where nothing is. Read when it is first asked for. */
  async book(): Promise<ScheduleBook | undefined> {
    await this.#opened.promise;
    const directory = this.#directory;
    if (directory === undefined) return undefined;
    return await (this.#book ??= this.#openBook(directory));
  }

  /** Where runs of jobs are kept; undefined where they are not. */
  async runFile(head: () => readonly string[]): Promise<RunFile | undefined> {
    await this.#opened.promise;
    const directory = this.#directory;
    if (directory === undefined) return undefined;
    try {
      const former = await readRing(directory, RUN_FILES, RUN_FILES_BYTES);
      const journal = this.#ring(directory, { ...RUN_FILES, sizeBytes: RUN_FILES_BYTES, head });
      this.#runs = journal;
      return { former, append: (line) => journal.append(line) };
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#failed(error);
      return undefined;
    }
  }

  #ring(
    directory: StateDirectory,
    ring: Pick<StateJournalParts, "name" | "formerName" | "sizeBytes" | "head">,
  ): StateJournal {
    const { os } = this.#parts;
    const failed = (error: SystemError) => this.#failed(error);
    return new StateJournal(directory, { ...ring, failed, nowMs: os.nowMs });
  }

  async #openBook(directory: StateDirectory): Promise<ScheduleBook | undefined> {
    try {
      const book = new ScheduleBook(await readRing(directory, SCHEDULE_FILES, SCHEDULES_BYTES));
      const head = () => book.lines();
      book.use(this.#ring(directory, { ...SCHEDULE_FILES, sizeBytes: SCHEDULES_BYTES, head }));
      return book;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#failed(error);
      return undefined;
    }
  }

  get place(): string | undefined {
    return this.#directory?.path;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** Begins to write. After the first services have been started: none waits for it. */
  open(): void {
    const { logging } = this.#parts;
    const { stateDir, stateSizeBytes } = this.#request.config.settings;
    const isConfigured = stateDir !== undefined;
    const path = stateDir ?? DEFAULT_STATE_DIR;
    this.#opened.resolve();
    try {
      const directory = openStateDirectory(path, { isConfigured });
      this.#directory = directory;
      const head = () => [this.recorder.beginning(true)];
      this.#journal = this.#ring(directory, { ...FLIGHT_FILES, sizeBytes: stateSizeBytes, head });
      this.recorder.open(this.#journal, { isContinued: this.#isContinued });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.recorder.abandon();
      this.#problem = error.message;
      this.#close();
      const text = `nothing of this life is recorded, state_dir cannot be used: ${error.message}`;
      logging.write({ level: isConfigured ? "warn" : "info", text });
    }
  }

  async read() {
    if (this.#directory === undefined) return undefined;
    await this.#journal?.written();
    const read = this.#directory.read.bind(this.#directory);
    const { stateSizeBytes } = this.#request.config.settings;
    return await readFlight(async (name) => {
      const bytes = await read(name, stateSizeBytes);
      return bytes === undefined ? "" : decodeBytes(bytes);
    });
  }

  async hasKept(): Promise<boolean> {
    await this.#opened.promise;
    return this.#directory?.has(KEPT_FILE) ?? false;
  }

  async readKept(): Promise<string | undefined> {
    await this.#opened.promise;
    // One byte more than allowed is not understood.
    const bytes = await this.#directory?.read(KEPT_FILE, KEPT_MOST_BYTES + 1);
    return bytes === undefined ? undefined : decodeBytes(bytes);
  }

  async writeKept(text: string | undefined): Promise<void> {
    await this.#opened.promise;
    if (this.#directory === undefined) throw new Error("There is no directory to keep it in");
    const bytes = text === undefined ? undefined : new TextEncoder().encode(text);
    await this.#directory.replace(KEPT_FILE, bytes);
  }

  get life(): FlightIdentity {
    return this.recorder.life;
  }

  /** Takes note of what another configuration has changed. */
  applied(diff: ConfigDiff, kind: ApplyOutcome["kind"]): void {
    const tried = kind === "rolled-back" ? ["taken back, it did not work"] : [];
    if (kind !== "ending") this.recorder.configured([...tried, ...listChanges(diff)]);
  }

  /** Notes the end. Settles when it is written; a disk that hangs is not waited for. */
  async end(cause: ShutdownCause): Promise<void> {
    const written = Promise.all([this.recorder.end(cause), this.#runs?.written()]);
    const isWritten = await Promise.race([
      written.then(() => true),
      new Promise<false>((resolve) => {
        const cancel = this.#parts.os.setTimer(LAST_WRITE_MS, () => resolve(false));
        void written.then(cancel);
      }),
    ]);
    // The thread that writes still has the file.
    if (isWritten) this.#close();
  }

  #close(): void {
    this.#journal?.close();
    this.#directory?.close();
    this.#journal = undefined;
    this.#directory = undefined;
  }

  #failed(error: SystemError): void {
    const text = `the recorder cannot write, and loses what happens until it can: ${error.message}`;
    this.#parts.logging.write({ level: "warn", text });
  }
}

/** Reads both files of a ring, the older one first. Rejects with `SystemError`. */
async function readRing(
  directory: StateDirectory,
  { name, formerName }: Pick<StateJournalParts, "name" | "formerName">,
  mostBytes: number,
): Promise<string> {
  const texts = [formerName, name].map(async (file) => {
    const bytes = await directory.read(file, mostBytes);
    return bytes === undefined ? "" : decodeBytes(bytes);
  });
  return (await Promise.all(texts)).join("\n");
}

/** Two lives never have one: the moment, and something random. */
function newLife(os: OwnedOs): FlightIdentity {
  const beganWallMs = os.wallMs();
  const random = Math.floor(os.random() * 36 ** 3).toString(36).padStart(3, "0");
  return { id: `${Math.floor(beganWallMs).toString(36)}${random}`, beganWallMs };
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
