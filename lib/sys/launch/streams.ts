/** The descriptors that a process gets for its streams, and what chaperone keeps of them. */
import type { Identity } from "../../base/identity.ts";
import type { SpawnRequest } from "../../door/os.ts";
import { F_DUPFD_CLOEXEC, O_CLOEXEC, O_RDWR } from "../libc/fcntl.ts";
import { checked, cString, libc } from "../libc/libc.ts";
import { openPipe } from "../processes/output_pipe.ts";
import { openScratchFile } from "./scratch_file.ts";

const O_RDWR_CLOEXEC = O_RDWR | O_CLOEXEC;

const DEV_NULL = "/dev/null";
const STDIN = 0;
const TARGET = { stdout: 1, stderr: 2 } as const;
const FIRST_FREE = 3;

/**
 * Whoever the process becomes may open its own /dev/stdout again: the directory that leads there,
 * /proc/PID/fd, is closed to everybody else.
 */
const PIPE_MODE = 0o622;

/** What streams can be besides what a `SpawnRequest` says. */
export interface StreamRequest {
  /** Both output streams are the pipe of stdout. */
  readonly joinsOutput?: true;
  /** What it finds at the descriptors after all others. */
  readonly memoryFiles?: readonly number[];
}

/** The descriptors of one process to be. */
export interface Streams {
  /** What the process gets: each `source` is to become `target`, and is above every target. */
  readonly descriptors: { readonly source: number; readonly target: number }[];
  /** Reading ends of pipes, which chaperone keeps. */
  readonly readers: { stdout?: number; stderr?: number; ready?: number; status?: number };
  /** What is open for the process alone. */
  readonly temporary: number[];
}

/** Under which numbers the process finds what it does not find as in every program. */
export interface StreamTargets {
  /** Standard input. Without a `status`, it is opened even where nothing is to be read. */
  readonly stdin: number;
  /** The pipe on which it says what has failed before its program runs. */
  readonly status?: number;
  /** Above all numbers under which it finds something. */
  readonly floor: number;
}

/** Returns the first number that the process finds nothing under. */
export function firstFree(request: SpawnRequest & StreamRequest): number {
  return firstOfMemory(request) + (request.memoryFiles?.length ?? 0);
}

function firstOfMemory({ descriptors = [], readyDescriptor = 0 }: SpawnRequest): number {
  return Math.max(FIRST_FREE + descriptors.length, readyDescriptor + 1);
}

/** Opens what the request asks for. @throws {SystemError} and leaves nothing open. */
export function openStreams(
  request: SpawnRequest & StreamRequest,
  { stdin: stdinTarget, status, floor }: StreamTargets,
): Streams {
  const { stdin, stdout, stderr, descriptors = [], readyDescriptor = 0, identity } = request;
  const streams: Streams = { descriptors: [], readers: {}, temporary: [] };
  try {
    if (stdin !== undefined || status === undefined) {
      pass(streams, openStdin(streams, stdin), stdinTarget, floor);
    }
    connect(streams, stdout, { name: "stdout", floor, identity });
    if (request.joinsOutput) pass(streams, sourceOf(streams, TARGET.stdout), TARGET.stderr, floor);
    else connect(streams, stderr, { name: "stderr", floor, identity });
    for (const [i, fd] of descriptors.entries()) pass(streams, fd, FIRST_FREE + i, floor);
    for (const [i, fd] of (request.memoryFiles ?? []).entries()) {
      pass(streams, fd, firstOfMemory(request) + i, floor);
    }
    if (readyDescriptor > 0) {
      give(passPipe(streams, "ready", readyDescriptor, floor), identity);
    }
    if (status !== undefined) passPipe(streams, "status", status, floor);
  } catch (error) {
    closeSources(streams);
    closeReaders(streams.readers);
    throw error;
  }
  return streams;
}

function sourceOf({ descriptors }: Streams, target: number): number {
  return descriptors.find((each) => each.target === target)?.source ?? target;
}

/** A text of any length is read from a file: a pipe would block whoever fills it. */
function openStdin(streams: Streams, stdin: SpawnRequest["stdin"]): number {
  if (stdin === undefined) return openNull(streams);
  if (stdin === "inherit") return STDIN;
  if (typeof stdin === "number") return stdin;
  const fd = openScratchFile(new TextEncoder().encode(stdin.text));
  streams.temporary.push(fd);
  return fd;
}

/** Closes what was opened for the process alone: it has it now, or does not exist. */
export function closeSources(streams: Streams): void {
  for (const fd of streams.temporary) libc().close(fd);
}

/** Closes the reading ends, where nothing is going to be read. */
export function closeReaders(readers: Streams["readers"]): void {
  for (const fd of Object.values(readers)) libc().close(fd);
}

interface OutputTarget {
  readonly name: "stdout" | "stderr";
  readonly floor: number;
  readonly identity: Identity | undefined;
}

function connect(
  streams: Streams,
  wanted: SpawnRequest["stdout"],
  { name, floor, identity }: OutputTarget,
): void {
  if (wanted === "inherit") return;
  const target = TARGET[name];
  if (typeof wanted === "number") return pass(streams, wanted, target, floor);
  if (wanted === "null") return pass(streams, openNull(streams), target, floor);
  const writer = passPipe(streams, name, target, floor);
  give(writer, identity);
  libc().fchmod(writer, PIPE_MODE);
}

function give(pipe: number, identity: Identity | undefined): void {
  if (identity !== undefined) libc().fchown(pipe, identity.uid, identity.gid);
}

function openNull(streams: Streams): number {
  const own = checked("open", libc().open(cString(DEV_NULL), O_RDWR_CLOEXEC), DEV_NULL);
  streams.temporary.push(own);
  return own;
}

function passPipe(
  streams: Streams,
  name: keyof Streams["readers"],
  target: number,
  floor: number,
): number {
  const { reader, writer } = openPipe();
  streams.readers[name] = reader;
  streams.temporary.push(writer);
  pass(streams, writer, target, floor);
  return writer;
}

/**
 * Has the process find a descriptor under a number. Below `floor` are the targets: what is there
 * would be overwritten before its turn, so a copy goes. @throws {SystemError}
 */
export function pass(streams: Streams, fd: number, target: number, floor: number): void {
  let source = fd;
  if (fd < floor) {
    source = checked("fcntl", libc().fcntl(fd, F_DUPFD_CLOEXEC, floor), `${fd}`);
    streams.temporary.push(source);
  }
  streams.descriptors.push({ source, target });
}
