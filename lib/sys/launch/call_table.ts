/**
 * A table of system calls for the launcher (stub.ts): entries, and what their arguments point to.
 * No call can use another's result; what a call needs is opened before, or stands in the table.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { encodeBytes } from "../../base/byte_text.ts";
import { ENTRY_BYTES, RESULT_BYTES, TABLE_ADDRESS, TABLE_MAX_BYTES } from "./stub.ts";

/** See syscalls(2) and asm/unistd.h. */
const X86_64 = {
  read: 0,
  write: 1,
  close: 3,
  ioctl: 16,
  execve: 59,
  socket: 41,
  bind: 49,
  fcntl: 72,
  chdir: 80,
  umask: 95,
  setgroups: 116,
  setresuid: 117,
  setresgid: 119,
  capset: 126,
  setpriority: 141,
  prctl: 157,
  "exit_group": 231,
  mount: 165,
  openat: 257,
  unshare: 272,
  dup3: 292,
  prlimit: 302,
  seccomp: 317,
  "mount_setattr": 442,
  "landlock_add_rule": 445,
  "landlock_restrict_self": 446,
} as const;

type Call = keyof typeof X86_64;

const ARM64: Readonly<Record<Call, number>> = {
  read: 63,
  write: 64,
  close: 57,
  ioctl: 29,
  execve: 221,
  socket: 198,
  bind: 200,
  fcntl: 25,
  chdir: 49,
  umask: 166,
  setgroups: 159,
  setresuid: 147,
  setresgid: 149,
  capset: 91,
  setpriority: 140,
  prctl: 167,
  "exit_group": 94,
  mount: 40,
  openat: 56,
  unshare: 97,
  dup3: 24,
  prlimit: 261,
  seccomp: 277,
  "mount_setattr": 442,
  "landlock_add_rule": 445,
  "landlock_restrict_self": 446,
};

const NUMBER: Readonly<Record<Call, number>> = Deno.build.arch === "aarch64" ? ARM64 : X86_64;

const WORD_BYTES = 8;
const NUL = "\0";
/** The last entries, where a failure goes: it is reported, and the process ends. */
const REPORT_ENTRIES = 2;
/** What shells say of a program that they could not execute. */
const EXIT_CODE = 127;

/** Enough for nearly all. What is much larger is not kept. */
const ROOM_BYTES = 16 * 1024;
const KEPT_MAX_BYTES = 256 * 1024;

/** One for all: it is composed and handed over in one turn. */
let room: Uint8Array<ArrayBuffer>;
/** The same room: each launch writes some hundred words. */
let words: Int32Array<ArrayBuffer>;
let view: DataView<ArrayBuffer>;
makeRoom(ROOM_BYTES);

const encoder = new TextEncoder();

function makeRoom(sizeBytes: number): void {
  const buffer = new ArrayBuffer(Math.ceil(sizeBytes / WORD_BYTES) * WORD_BYTES);
  room = new Uint8Array(buffer);
  words = new Int32Array(buffer);
  view = new DataView(buffer);
}

/** How a failure of an entry is reported. */
export interface Step {
  readonly call: string;
  readonly target?: string;
}

/** How an entry differs from one whose failure ends the process. */
interface CallOptions {
  readonly target?: string;
  /** Goes on with the next entry instead. */
  readonly mayFail?: boolean;
  /** Passes the next entry over instead. */
  readonly skipsNext?: boolean;
}

/** Composes one table at a time. */
export class CallTable {
  readonly steps: Step[] = [];
  readonly #entriesMax: number;
  readonly #program: string;
  #end: number;

  /** `statusDescriptor` is where the process reports a failure. */
  constructor(entriesMax: number, statusDescriptor: number, program: string) {
    this.#entriesMax = entriesMax + REPORT_ENTRIES;
    this.#program = program;
    if (room.length > KEPT_MAX_BYTES) makeRoom(ROOM_BYTES);
    this.#end = RESULT_BYTES + this.#entriesMax * ENTRY_BYTES;
    this.#reserve(this.#end);
    const report = [statusDescriptor, TABLE_ADDRESS, RESULT_BYTES];
    this.#write(entriesMax, NUMBER.write, report, 0);
    this.#write(entriesMax + 1, NUMBER.exit_group, [EXIT_CODE], 0);
  }

  /** Adds an entry. Arguments are 32 bits wide at the most, or negative. */
  add(call: Call, args: readonly number[], options: CallOptions = {}): void {
    const { target, mayFail = false, skipsNext = false } = options;
    const index = this.steps.length;
    if (index + REPORT_ENTRIES >= this.#entriesMax + 1) {
      throw new RangeError("no room for an entry");
    }
    const onFailure = skipsNext
      ? index + 2
      : mayFail
      ? index + 1
      : this.#entriesMax - REPORT_ENTRIES;
    this.#write(index, NUMBER[call], args, onFailure);
    this.steps.push(target === undefined ? { call } : { call, target });
  }

  /**
   * Puts a text into the table, and returns its address. @throws {SystemError} where it holds NUL.
   */
  text(text: string, call = "execve"): number {
    if (text.includes(NUL)) throw new SystemError(call, ERRNO.EINVAL, this.#program);
    return TABLE_ADDRESS + this.#putText(text);
  }

  /**
   * Puts texts into the table, all at once, and returns their addresses. @throws {SystemError}
   * where one holds NUL.
   */
  texts(texts: readonly string[]): number[] {
    if (texts.length === 0) return [];
    const joined = texts.join(NUL);
    let at = this.#putText(joined);
    const addresses: number[] = [];
    for (; at < this.#end; at = room.indexOf(0, at) + 1) addresses.push(TABLE_ADDRESS + at);
    if (addresses.length === texts.length) return addresses;
    throw new SystemError("execve", ERRNO.EINVAL, this.#program);
  }

  /** Returns where it begins; it ends with NUL. */
  #putText(text: string): number {
    const at = this.#end;
    if (text.isWellFormed()) {
      const { read, written } = encoder.encodeInto(text, room.subarray(at));
      if (read === text.length && at + written < room.length) {
        room[this.#take(written + 1) + written] = 0;
        return at;
      }
    }
    const bytes = encodeBytes(text);
    this.#take(bytes.length + 1);
    room.set(bytes, at);
    room[at + bytes.length] = 0;
    return at;
  }

  /** Puts words of eight bytes into the table, and returns their address. */
  words(values: readonly bigint[]): number {
    const at = this.#takeAligned(values.length * WORD_BYTES);
    for (const [i, value] of values.entries()) {
      view.setBigUint64(at + i * WORD_BYTES, value, true);
    }
    return TABLE_ADDRESS + at;
  }

  /** Puts numbers of four bytes into the table, and returns their address. */
  numbers(values: readonly number[]): number {
    const at = this.#takeAligned(values.length * 4);
    for (const [i, value] of values.entries()) view.setUint32(at + i * 4, value, true);
    return TABLE_ADDRESS + at;
  }

  /** Puts a list of addresses that ends with NULL into the table, and returns its address. */
  list(addresses: readonly number[]): number {
    const at = this.#takeAligned((addresses.length + 1) * WORD_BYTES);
    words.fill(0, at / 4, at / 4 + 2 * (addresses.length + 1));
    for (let i = 0; i < addresses.length; i++) words[at / 4 + 2 * i] = addresses[i] as number;
    return TABLE_ADDRESS + at;
  }

  /** Puts bytes into the table, where words may lie, and returns their address. */
  block(bytes: Uint8Array<ArrayBuffer>): number {
    const at = this.#takeAligned(bytes.length);
    room.set(bytes, at);
    return TABLE_ADDRESS + at;
  }

  /** Puts as many bytes of zero into the table, and returns their address. */
  zeros(count: number): number {
    const at = this.#take(count);
    room.fill(0, at, at + count);
    return TABLE_ADDRESS + at;
  }

  /** The table as far as it is filled: a view of what the next one is composed in. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return room.subarray(0, this.#end);
  }

  #write(index: number, number: number, args: readonly number[], onFailure: number): void {
    const at = (RESULT_BYTES + index * ENTRY_BYTES) / 4;
    words.fill(0, at, at + ENTRY_BYTES / 4);
    words[at] = number;
    for (let i = 0; i < args.length; i++) {
      const value = args[i] as number;
      words[at + 2 + 2 * i] = value;
      if (value < 0) words[at + 3 + 2 * i] = -1;
    }
    words[at + 14] = TABLE_ADDRESS + RESULT_BYTES + onFailure * ENTRY_BYTES;
  }

  #takeAligned(sizeBytes: number): number {
    this.#end = Math.ceil(this.#end / WORD_BYTES) * WORD_BYTES;
    return this.#take(sizeBytes);
  }

  #take(sizeBytes: number): number {
    const at = this.#end;
    this.#end += sizeBytes;
    this.#reserve(this.#end);
    return at;
  }

  #reserve(sizeBytes: number): void {
    if (sizeBytes > TABLE_MAX_BYTES) throw new SystemError("execve", ERRNO.E2BIG, this.#program);
    if (sizeBytes <= room.length) return;
    const former = room;
    makeRoom(Math.max(sizeBytes, 2 * former.length));
    room.set(former);
  }
}

/** Which entry failed, and how, as the process has reported it; undefined for anything else. */
export function readReport(
  report: DataView,
  steps: readonly Step[],
): { readonly step: Step; readonly errno: number } | undefined {
  const errno = -report.getInt32(0, true);
  const index = (report.getUint32(8, true) - TABLE_ADDRESS - RESULT_BYTES) / ENTRY_BYTES;
  const step = steps[index];
  return step === undefined ? undefined : { step, errno };
}
