/**
 * Starts a process. PID 1 executes the launcher (stub.ts) as itself, with nothing that anybody else
 * could stop, trace or hold open on the way, and is free as soon as that runs; the launcher becomes
 * the service's program. Where no launcher can be executed, the program is started directly
 * (direct_start.ts).
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { SIGNAL } from "../../base/signals.ts";
import type { SpawnRequest } from "../../door/os.ts";
import { F_SETFL } from "../libc/fcntl.ts";
import { libc } from "../libc/libc.ts";
import { openPipe } from "../processes/output_pipe.ts";
import { openRuleset } from "../sandbox/landlock_ruleset.ts";
import { type Proof, proofOf } from "../sandbox/proof.ts";
import { type Block, pointerList, spawnProgram } from "../processes/posix_spawn.ts";
import type { Step } from "./call_table.ts";
import { type Carrier, dismissCarrier, findCarrier } from "./carrier.ts";
import { composeTable, countGateReads, PID_TEXT_BYTES } from "./compose.ts";
import { type Discard, startDirectly } from "./direct_start.ts";
import { withGivenLimit } from "./descriptor_limit.ts";
import { closeInherited } from "./inherited_descriptors.ts";
import { openScratchFile } from "./scratch_file.ts";
import { withSecretFiles } from "./secret_files.ts";
import {
  closeReaders,
  closeSources,
  firstFree,
  openStreams,
  pass,
  type StreamRequest,
  type Streams,
} from "./streams.ts";

/**
 * What posix_spawn(3) says where the launcher cannot be executed; anything else concerns the
 * process.
 */
const NOT_EXECUTABLE: readonly number[] = [
  ERRNO.EPERM,
  ERRNO.ENOENT,
  ERRNO.ENOEXEC,
  ERRNO.EACCES,
  ERRNO.ENOTDIR,
  ERRNO.EINVAL,
  ERRNO.ETXTBSY,
  ERRNO.ENOSYS,
];

/** A request, perhaps with both output streams as one. */
export type StartRequest = SpawnRequest & StreamRequest;

/** A process, and what is left of its streams. */
export interface Started {
  readonly pid: number;
  readonly readers: Streams["readers"];
  /** Absent where the process is its program already. */
  readonly launch?: Launch;
}

/** How a process tells whether it has become its program. */
export interface Launch {
  /**
   * Its end says so; before it, a report of what has failed. Not blocking; whoever has it closes
   * it.
   */
  readonly descriptor: number;
  readonly steps: readonly Step[];
  /** What the kernel must say of it once it is its program. */
  readonly proof?: Proof;
}

let isDirect = false;

/**
 * What is less safe than it should be, where no launcher can be executed. Known once a process was
 * started.
 */
export function launchWarning(): string | undefined {
  if (!isDirect) return undefined;
  // Only a process itself can ask to end with its parent, and nobody asks for it here.
  const outliving = Deno.pid === 1 ? "" : ", and a service keeps running if chaperone is killed";
  return "services are started without the launcher: a service's user can hold or signal chaperone " +
    `while another one starts${outliving}. The image should hold /usr/local/lib/chaperone/launcher, or files in ` +
    "memory or in the run directory should be executable. memory_max and its like have no effect";
}

/**
 * Starts a process. @throws {SystemError} where there can be none; nothing is left behind then, but
 * for one that `discard` was told of.
 */
export function startProcess(request: StartRequest, discard: Discard): Started {
  closeInherited();
  const limited = { ...request, limits: withGivenLimit(request.limits) };
  return withSecretFiles(limited, (prepared) => startPrepared(prepared, discard));
}

function startPrepared(request: StartRequest, discard: Discard): Started {
  const floor = firstFree(request);
  const own = { status: floor, gate: floor + 1, stdin: floor + 2, ruleset: floor + 3 };
  while (!isDirect) {
    const carrier = findCarrier(own.ruleset + 1);
    if (carrier === undefined) break;
    const started = tryCarrier(carrier, request, own);
    if (started !== undefined) return started;
    dismissCarrier();
  }
  isDirect = true;
  return startDirectly(request, discard);
}

type OwnDescriptors = Readonly<Record<"status" | "gate" | "stdin" | "ruleset", number>>;

/** Undefined where it is the carrier that cannot be executed, or nothing can be handed to it. */
function tryCarrier(
  carrier: Carrier,
  request: StartRequest,
  own: OwnDescriptors,
): Started | undefined {
  const hasStdin = request.stdin !== undefined;
  const { bytes, steps } = composeTable(request, {
    ...own,
    stdin: hasStdin ? own.stdin : undefined,
  });
  const { confinement } = request;
  // Before there is a process: it throws where /proc is gone.
  const proof = confinement === undefined ? {} : { proof: proofOf(confinement) };
  const table = tryOpenScratch(bytes);
  if (table === undefined) return undefined;
  const streams = openOrClose(table, request, own);
  let gate: number | undefined;
  let pid: number | undefined;
  const status = streams.readers.status as number;
  try {
    pass(streams, table, 0, own.ruleset + 1);
    passRuleset(streams, request, own);
    if (countGateReads(request) > 0) gate = openGate(streams, own);
    pid = execute(carrier, request, streams);
    if (pid !== undefined && gate !== undefined) openFor(pid, gate, request);
  } finally {
    if (gate !== undefined) libc().close(gate);
    if (pid === undefined) closeReaders(streams.readers);
    closeSources(streams);
  }
  if (pid === undefined) return undefined;
  return { pid, readers: streams.readers, launch: { descriptor: status, steps, ...proof } };
}

function passRuleset(streams: Streams, { confinement }: StartRequest, own: OwnDescriptors): void {
  if (confinement?.landlock === undefined) return;
  const ruleset = openRuleset(confinement.landlock);
  streams.temporary.push(ruleset);
  pass(streams, ruleset, own.ruleset, own.ruleset + 1);
}

/**
 * Without files in memory, and without a directory of chaperone's own, there is no way to the
 * launcher.
 */
function tryOpenScratch(bytes: Uint8Array<ArrayBuffer>): number | undefined {
  try {
    return openScratchFile(bytes);
  } catch (error) {
    if (!(error instanceof SystemError) || isShortage(error.errno)) throw error;
    return undefined;
  }
}

function isShortage(errno: number): boolean {
  return errno === ERRNO.EMFILE || errno === ERRNO.ENFILE || errno === ERRNO.ENOMEM;
}

function openOrClose(table: number, request: StartRequest, own: OwnDescriptors): Streams {
  try {
    const streams = openStreams(request, { ...own, floor: own.ruleset + 1 });
    streams.temporary.push(table);
    return streams;
  } catch (error) {
    libc().close(table);
    throw error;
  }
}

function openGate(streams: Streams, own: OwnDescriptors): number {
  const { reader, writer } = openPipe();
  streams.temporary.push(reader);
  // The launcher waits there.
  libc().fcntl(reader, F_SETFL, 0);
  pass(streams, reader, own.gate, own.ruleset + 1);
  return writer;
}

/** Tells the process its number, which is what it has waited for. */
function openFor(pid: number, gate: number, request: StartRequest): void {
  const text = `${pid}`.padEnd(PID_TEXT_BYTES, "\0").repeat(countGateReads(request));
  const bytes = new TextEncoder().encode(text);
  if (libc().write(gate, bytes, BigInt(bytes.length)) === bytes.length) return;
  libc().kill(pid, SIGNAL.SIGKILL);
}

let words: { readonly argv: Block; readonly env: Block } | undefined;

function execute(carrier: Carrier, request: StartRequest, streams: Streams): number | undefined {
  words ??= { argv: pointerList(["launcher"], ""), env: pointerList([], "") };
  const { ownSession } = request;
  const { descriptors } = streams;
  const result = spawnProgram({ ...words, path: carrier.path, descriptors, ownSession });
  if (result > 0) return result;
  const errno = -result;
  if (NOT_EXECUTABLE.includes(errno)) return undefined;
  throw new SystemError("fork", errno, request.argv[0]);
}
